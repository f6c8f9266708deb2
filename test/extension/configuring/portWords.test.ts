import { expect, test } from '@jest/globals';
import { portPairs, portsFault } from '../../../extension/configuring/portWords.ts';

test.each([
  ['3000', ['3000:http']],
  [' 3000 ', ['3000:http']],
  ['3000:http, 9090:metrics', ['3000:http', '9090:metrics']],
  ['3000 9090:8080', ['3000:http', '9090:8080']],
  ['65535:1', ['65535:1']],
])('%j are ports', (text, pairs) => {
  expect(portsFault(text)).toBeUndefined();
  expect(portPairs(text, 'http')).toEqual(pairs);
});

test.each([
  ['', 'Name a port, from 1 to 65535.'],
  [' , ', 'Name a port, from 1 to 65535.'],
  ['http', '"http" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  ['3000:', '"3000:" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  [':http', '":http" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  ['3000:a_b', '"3000:a_b" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  ['-1', '"-1" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  ['123456', '"123456" is not a port: write 3000, or LOCAL:REMOTE as in 3000:http.'],
  ['0', 'There is no port 0: they are from 1 to 65535.'],
  ['65536', 'There is no port 65536: they are from 1 to 65535.'],
  ['3000:70000', 'There is no port 70000: they are from 1 to 65535.'],
  ['3000:http 3000:admin', 'The port 3000 is there twice.'],
  ['3000 3001', '"3001" needs to say what it stands in for, as in 3001:http.'],
])('%j are none: %s', (text, fault) => {
  expect(portsFault(text)).toBe(fault);
});
