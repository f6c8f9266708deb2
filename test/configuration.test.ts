import { expect, test } from '@jest/globals';
import { readConfiguration } from '../adapter/configuration.ts';
import { LaunchError } from '../adapter/errors.ts';

const debug = { type: 'pwa-node', program: 'server.js' };

test('fills in every default of the schema', () => {
  expect(readConfiguration({ target: 'web', debug })).toEqual({
    target: 'web',
    debug: { ...debug, request: 'launch' },
    connectTimeoutSeconds: 10,
    portConflict: 'ask',
    environment: { builtInExclusions: true },
    volumes: { maxSize: '256Mi', at: 'folder' },
    services: ['*'],
    hosts: 'system',
    useKubernetesServiceEnvironmentVariables: false,
    trace: false,
    agent: {
      image: 'node:22-alpine',
      imagePullPolicy: 'IfNotPresent',
      startupTimeoutSeconds: 60,
      restoreAfterSeconds: 60,
      drainSeconds: 30,
      leaveSeconds: 60,
      holdSeconds: 10,
    },
  });
});

test('does not change what the editor sent', () => {
  const sent = { target: 'web', debug, agent: {} };
  readConfiguration(sent);
  expect(sent).toEqual({ target: 'web', debug: { type: 'pwa-node', program: 'server.js' }, agent: {} });
});

test("leaves the editors' own attributes alone", () => {
  const read = readConfiguration({
    ...{ type: 'localprocess-k8s', request: 'launch', name: 'web', noDebug: true, preLaunchTask: 'build' },
    ...{
      __sessionId: '1',
      $adapter: 'x',
      debugServer: 4711,
      linux: {},
      presentation: {},
      internalConsoleOptions: 'neverOpen',
    },
    target: 'web',
    debug,
  });
  expect(Object.keys(read)).not.toContain('noDebug');
  expect(Object.keys(read)).not.toContain('__sessionId');
});

test.each<[string, unknown, string, RegExp]>([
  ['no object', 'web', '', /not an object/],
  ['no target', { debug }, 'target', /"target" is missing: what to replace/],
  ['no debug', { target: 'web' }, 'debug', /"debug" is missing/],
  ['no debug.type', { target: 'web', debug: {} }, 'debug.type', /"debug\.type" is missing/],
  ['an empty target', { target: '', debug }, 'target', /"target" is empty: what to replace/],
  ['a target that is no text', { target: 1, debug }, 'target', /"target" has to be a text, and is 1/],
  ['a misspelt attribute', { target: 'web', debug, namespce: 'a' }, 'namespce', /did you mean "namespace"/],
  [
    'an attribute of the debugger',
    { target: 'web', debug, program: 'a.js' },
    'program',
    /belong inside "debug"/,
  ],
  [
    'a misspelt attribute of the agent',
    { target: 'web', debug, agent: { imag: 'x' } },
    'agent.imag',
    /did you mean "image"/,
  ],
  ['a port that is no pair', { target: 'web', debug, ports: ['a:b:c'] }, 'ports.0', /"LOCAL:REMOTE"/],
  ['a port that is a number', { target: 'web', debug, ports: [3000] }, 'ports.0', /has to be a text/],
  [
    'a wrong pull policy',
    { target: 'web', debug, agent: { imagePullPolicy: 'Often' } },
    'agent.imagePullPolicy',
    /"Always", "IfNotPresent", "Never"/,
  ],
  [
    'a wrong request',
    { target: 'web', debug: { type: 'go', request: 'run' } },
    'debug.request',
    /"launch", "attach"/,
  ],
  ['a negative time', { target: 'web', debug, agent: { drainSeconds: -1 } }, 'agent.drainSeconds', />= 0/],
  [
    'an adapter without command',
    { target: 'web', debug, debugAdapter: { args: [] } },
    'debugAdapter.command',
    /"debugAdapter\.command" is missing/,
  ],
  [
    'an adapter with both',
    { target: 'web', debug, debugAdapter: { command: 'x', port: 1 } },
    'debugAdapter.command',
    /no attribute/,
  ],
  [
    'an adapter on no port',
    { target: 'web', debug, debugAdapter: { port: 70000 } },
    'debugAdapter.port',
    /<= 65535/,
  ],
  ['a variable that is a number', { target: 'web', debug, env: { A: 1 } }, 'env.A', /a text or null/],
])('names the fault: %s', (_, raw, attribute, message) => {
  let thrown: unknown;
  try {
    readConfiguration(raw);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(LaunchError);
  const error = thrown as LaunchError;
  expect(error.code).toBe('configuration-invalid');
  expect(error.message).toMatch(message);
  expect(error.attribute ?? '').toBe(attribute);
});

test('names every fault at once', () => {
  expect(() => readConfiguration({ tarbet: 'web', env: [] })).toThrow(
    /"target" is missing.*"debug" is missing.*"tarbet".*"env" has to be an object/s,
  );
});

test.each([
  [{ environment: [] }, '"environment" has to be an object, and is [].'],
  [
    { environment: { includes: ['A'] } },
    '"environment.includes" is no attribute of a localprocess-k8s configuration; did you mean "include" or "exclude"?',
  ],
  [{ environment: { include: 'A_*' } }, '"environment.include" has to be a list, and is "A_*".'],
  [{ environment: { exclude: [1] } }, '"environment.exclude.0" has to be a text, and is 1.'],
  [
    { environment: { include: [''] } },
    '"environment.include.0" is empty: names, with `*` and `?`: only these of the pod\'s variables.',
  ],
  [
    { environment: { unset: ['A=b'] } },
    '"environment.unset.0" has to be the name of a variable, without "=", "*" and "?", and is "A=b".',
  ],
  [{ environment: { unset: [''] } }, '"environment.unset.0" has to be the name of a variable'],
  [
    { environment: { builtInExclusions: 'no' } },
    '"environment.builtInExclusions" has to be true or false, and is "no".',
  ],
  [{ configurationFile: '' }, '"configurationFile" is empty: path of a `KubernetesLocalProcessConfig.yaml`.'],
  [{ configurationFile: true }, '"configurationFile" has to be a text, and is true.'],
  [{ externalEndpoints: ['db'] }, '"externalEndpoints.0" has to be "HOST:PORT[,PORT]"'],
])('what is wrong about variables is said in their words: %j', (attributes, words) => {
  expect(() => readConfiguration({ target: 'web', debug: { type: 'node' }, ...attributes })).toThrow(words);
});
