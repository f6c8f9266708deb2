import { expect, test } from '@jest/globals';
import { closeAfter, Exchange } from '../../agent/http1.ts';

const request = (method = 'GET', fields = '') => `${method} /path HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;

/** What was said, `>` by the client and `<` by the server; whether the connection is between two requests. */
test.each<[string, string[], boolean]>([
  ['nothing said', [], false],
  ['a request', [`>${request()}`], false],
  ['a response with a length', [`>${request()}`, '<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'], true],
  [
    'a response in pieces',
    [`>${request()}`, '<HTTP/1.1 20', '<0 OK\r\ncontent-length:2\r\n\r', '<\no', '<k'],
    true,
  ],
  ['half a body', [`>${request()}`, '<HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok'], false],
  [
    'a chunked body',
    [`>${request()}`, '<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    true,
  ],
  [
    'an empty chunked body',
    [`>${request()}`, '<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '<0\r\n\r\n'],
    true,
  ],
  [
    'a chunked end in pieces',
    [`>${request()}`, '<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r', '<\n0\r', '<\n\r\n'],
    true,
  ],
  [
    'half a chunked body',
    [`>${request()}`, '<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'],
    false,
  ],
  ['a body until the end', [`>${request()}`, '<HTTP/1.1 200 OK\r\n\r\nok'], false],
  ['an answer to HEAD', [`>${request('HEAD')}`, '<HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'], true],
  ['no content', [`>${request()}`, '<HTTP/1.1 204 No Content\r\n\r\n'], true],
  ['only "continue"', [`>${request('POST')}`, '<HTTP/1.1 100 Continue\r\n\r\n'], false],
  [
    '"continue", then a response',
    [`>${request('POST')}`, '<HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    true,
  ],
  [
    '"continue", a body, a response',
    [
      `>${request('POST')}`,
      '<HTTP/1.1 100 Continue\r\n\r\n',
      '>body',
      '<HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ],
    true,
  ],
  ['a second request', [`>${request()}`, '<HTTP/1.1 204 N\r\n\r\n', `>${request()}`], false],
  [
    'a second response',
    [`>${request()}`, '<HTTP/1.1 204 N\r\n\r\n', `>${request()}`, '<HTTP/1.1 204 N\r\n\r\n'],
    true,
  ],
  ['an upgrade', [`>${request()}`, '<HTTP/1.1 101 Switching Protocols\r\n\r\n'], false],
  ['HTTP/2', ['>PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '<HTTP/1.1 204 N\r\n\r\n'], false],
  ['a server that speaks first', ['<220 ready\r\n', `>${request()}`, '<HTTP/1.1 204 N\r\n\r\n'], false],
])('idle or not: %s', (_name, said, idle) => {
  const exchange = new Exchange();
  for (const each of said) {
    const chunk = Buffer.from(each.slice(1));
    if (each.startsWith('>')) exchange.fromClient(chunk);
    else exchange.fromServer(chunk);
  }
  expect(exchange.idle).toBe(idle);
  expect(exchange.untouched).toBe(said.length === 0);
});

const close = (text: string, certain = false) => closeAfter(Buffer.from(text), certain)?.toString();

test('a request asks for the connection to be closed, body and other fields untouched', () => {
  const fields = 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nX: \u00e9\r\n';
  expect(close(`${request('POST', fields)}body`)).toBe(
    'POST /path HTTP/1.1\r\nHost: x\r\nX: \u00e9\r\nConnection: close\r\n\r\nbody',
  );
});

test('a head that is incomplete is waited for, only where one is known to come', () => {
  expect(close('GET / HTTP/1.1\r\nHost: x\r\n')).toBeUndefined();
  expect(close('GET /', true)).toBeUndefined();
  expect(close('GET /')).toBe('GET /');
});

test('what is not HTTP/1, asks for an upgrade or has no end stays as it is', () => {
  const endless = `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`;
  const upgrade = request('GET', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  for (const text of ['PING\r\n', upgrade, endless]) expect(close(text)).toBe(text);
});
