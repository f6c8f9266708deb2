import { expect, test } from '@jest/globals';
import { linkNames, podVariables } from '../../../adapter/machine/environment/podvariables.ts';

const links = (address: string) => ({
  DB_SERVICE_HOST: address,
  DB_SERVICE_PORT: '1',
  DB_PORT: `tcp://${address}:1`,
  DB_PORT_1_TCP: `tcp://${address}:1`,
});

test("what the image sets is the original's, what the specification sets is as the agent has it", () => {
  const agent = {
    PATH: '/agent',
    HOSTNAME: 'agent',
    NODE_VERSION: '22',
    YARN_VERSION: '1',
    POD_IP: '10.0.0.2',
    FROM_MAP: 'new',
    ...links('10.96.0.2'),
  };
  const original = {
    PATH: '/original',
    HOSTNAME: 'original',
    NODE_VERSION: '18',
    BAKED: 'line\nline',
    POD_IP: '10.0.0.1',
    FROM_MAP: 'as it was when the original began',
    ...links('10.96.0.1'),
    ...Object.fromEntries(Object.entries(links('10.96.0.3')).map(([name, value]) => [`OLD${name}`, value])),
  };
  expect(podVariables({ agent, original, named: new Set(['POD_IP']) })).toEqual({
    PATH: '/original',
    HOSTNAME: 'agent',
    NODE_VERSION: '18',
    BAKED: 'line\nline',
    POD_IP: '10.0.0.2',
    FROM_MAP: 'as it was when the original began',
    // A service that is no longer there has no links in a new pod.
    ...links('10.96.0.2'),
  });
});

test("without an original it is what the agent has, but for its image's own", () => {
  const agent = { PATH: '/agent', NODE_VERSION: '22', YARN_VERSION: '1', A: 'b' };
  expect(podVariables({ agent, named: new Set() })).toEqual({ PATH: '/agent', A: 'b' });
  expect(podVariables({ agent, named: new Set(['NODE_VERSION']) })).toHaveProperty('NODE_VERSION', '22');
});

test('links are told from what only looks like one', () => {
  expect(linkNames(links('10.96.0.2'))).toEqual(Object.keys(links('10.96.0.2')));
  expect(
    linkNames({ ...links('10.96.0.2'), DB_PORT: '5432', DB_PORT_X: 'tcp://a', DB_HOST: '10.0.0.1' }),
  ).toEqual(['DB_SERVICE_HOST', 'DB_SERVICE_PORT', 'DB_PORT_1_TCP']);
  expect(linkNames({ MAIL_SERVICE_HOST: '10.0.0.1', MAIL_SERVICE_PORT: '25' })).toEqual([]);
});
