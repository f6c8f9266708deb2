import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  fileName,
  parseProcessConfiguration,
  readProcessConfiguration,
} from '../../adapter/processConfig/read.ts';

const parse = (text: string) => parseProcessConfiguration('/app/file.yaml', text);

test('the file of the documentation of Bridge to Kubernetes is read whole', () => {
  const { env, volumeMounts, remarks } = parse(`# some comment
version: 0.1
volumeMounts:
  - name: default-token-*
    localPath: /var/run/secrets/kubernetes.io/serviceaccount
env:
  - name: KUBERNETES_IN_CLUSTER_CONFIG_OVERRIDE
    value: $(volumeMounts:default-token-*)
  - name: ALLOW_LIST_PATH    # random comment
    value: $(volumeMounts:allow-list)/allow-list
  - name: MYAPP1_SERVICE_HOST
    value: $(services:myapp1)/api/v1/
  - name: MYAPP2_SERVICE_HOST
    value: $(services:myapp2.mynamespace:80, 443)
  - name: DB_HOST
    value: $(externalendpoints:server-bridgetest123.database.windows.net:1433)
  - name: DEBUG_MODE
    value: "true"
enableFeatures:
  - ManagedIdentity
  - Probes
`);
  expect(volumeMounts).toMatchObject([
    { name: 'default-token-*', localPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  expect(env.map(({ name, parts }) => [name, parts])).toMatchObject([
    ['KUBERNETES_IN_CLUSTER_CONFIG_OVERRIDE', [{ kind: 'volume', name: 'default-token-*' }]],
    [
      'ALLOW_LIST_PATH',
      [
        { kind: 'volume', name: 'allow-list' },
        { kind: 'text', text: '/allow-list' },
      ],
    ],
    ['MYAPP1_SERVICE_HOST', [{ kind: 'service', name: 'myapp1', ports: [] }, { text: '/api/v1/' }]],
    [
      'MYAPP2_SERVICE_HOST',
      [{ kind: 'service', name: 'myapp2', namespace: 'mynamespace', ports: [80, 443] }],
    ],
    ['DB_HOST', [{ kind: 'endpoint', host: 'server-bridgetest123.database.windows.net', ports: [1433] }]],
    ['DEBUG_MODE', [{ kind: 'text', text: 'true' }]],
  ]);
  expect(remarks.join(' ')).toMatch(/"ManagedIdentity".*"Probes"/);
});

test('texts are taken as they are written, a "$" without a parenthesis too', () => {
  const { env } = parse(`version: "0.1"
env:
  - { name: A, value: true }
  - { name: B, value: 0x10 }
  - { name: C, value: "" }
  - { name: D, value: 'cost $5 ($HOME) $(services:a):$(services:b)' }
  - name: E
    value: |
      one
      two
volumeMounts:
`);
  const texts = env.map(({ name, parts }) => [name, parts.map(({ text }) => text).join('|')]);
  expect(Object.fromEntries(texts)).toEqual({
    A: 'true',
    B: '0x10',
    C: '',
    D: 'cost $5 ($HOME) |$(services:a)|:|$(services:b)',
    E: 'one\ntwo\n',
  });
  expect(parse('version: 0.1')).toMatchObject({ env: [], volumeMounts: [], remarks: [] });
});

const entry = (value: string) => `version: 0.1\nenv:\n  - name: A\n    value: ${value}\n`;

test.each<[string, string, string]>([
  ['is empty', '', '1:1": The file has to be entries'],
  ['is no YAML', 'version: 0.1\nenv: [', '2:7": It is no YAML: '],
  ['has a key twice', 'version: 0.1\nversion: 0.1', '2:1": It is no YAML: Map keys must be unique'],
  ['is a list', '- version', '1:1": The file has to be entries'],
  ['has no version', 'env: []', '1:1": It has no "version"'],
  ['has another version', 'version: 0.2', '1:10": Its version is another than 0.1'],
  ['has a version that is a map', 'version: {}', '1:10": "version" has to be a text'],
  [
    'has an unknown entry',
    'version: 0.1\nenvs: []',
    '2:1": "envs" is unknown in the file; did you mean "env"?',
  ],
  ['has an env that is a map', 'version: 0.1\nenv: {A: b}', '2:6": "env" has to be a list'],
  [
    'has a variable that is a text',
    'version: 0.1\nenv:\n  - A=b',
    '3:5": An entry of "env" has to be entries',
  ],
  ['has a variable without a name', 'version: 0.1\nenv:\n  - value: b', '3:5": "name" is missing'],
  ['has a variable without a value', 'version: 0.1\nenv:\n  - name: b', '3:5": "value" is missing'],
  [
    'has a variable with more',
    'version: 0.1\nenv:\n  - {name: a, value: b, valeu: c}',
    '3:25": "valeu" is unknown in an entry of "env"; did you mean "value"?',
  ],
  [
    'has a name with a "="',
    'version: 0.1\nenv:\n  - {name: "a=b", value: b}',
    '3:12": "a=b" cannot be the name',
  ],
  ['has no name', 'version: 0.1\nenv:\n  - {name: "", value: b}', '3:12": "" cannot be the name'],
  ['has a value that is a list', entry('[a]'), '4:12": "value" has to be a text'],
  [
    'has an unknown token',
    entry('http://$(service:db)/x'),
    '4:19": "$(service:db)" is an unknown token; did you mean "services"?',
  ],
  ['has a token that is none', entry('"$(HOME)"'), '4:13": "$(HOME)" is an unknown token'],
  ['has a token without an end', entry('x $(services:db'), '4:14": "$(services:db" has no end'],
  ['has a service without a name', entry('$(services:)'), '4:12": "$(services:)" names no service'],
  ['has a service with a wrong name', entry('$(services:Data_Base)'), 'names no service'],
  ['has a service with too many names', entry('$(services:a.b.svc)'), 'names no service'],
  ['has a service with too much', entry('$(services:a:1:2)'), 'names no service'],
  ['has a service without a port', entry('$(services:a:)'), 'has no port, or one that is none, in ""'],
  ['has a port that is a name', entry('$(services:a:http)'), 'in "http"'],
  ['has a port that is too large', entry('$(services:a:80,65536)'), 'in "80,65536"'],
  ['has a port that is 0', entry('$(services:a:0)'), 'in "0"'],
  ['has a volume without a name', entry('$(volumeMounts:)'), 'names no volume'],
  ['has a volume with a port', entry('$(volumeMounts:a:80)'), 'names no volume'],
  ['has an endpoint without ports', entry('$(externalEndpoints:db.example)'), 'names no host and port'],
  [
    'has an endpoint that is an address',
    entry('$(externalEndpoints:10.0.0.1:80)'),
    'only names can, not addresses',
  ],
  ['has an endpoint that is this machine', entry('$(externalEndpoints:localhost:80)'), 'not "localhost"'],
  [
    'has a volume mount without a path',
    'version: 0.1\nvolumeMounts:\n  - name: a',
    '3:5": "localPath" is missing',
  ],
  [
    'has a volume mount with an empty path',
    'version: 0.1\nvolumeMounts:\n  - {name: a, localPath: ""}',
    '3:26": "localPath" is empty',
  ],
  [
    'has an unknown feature',
    'version: 0.1\nenableFeatures: [probe]',
    '2:18": "probe" is an unknown feature; did you mean "Probes"?',
  ],
  [
    'has features as a text',
    'version: 0.1\nenableFeatures: Probes',
    '2:17": "enableFeatures" has to be a list',
  ],
])('a file that %s is refused, with line and column', (_case, text, words) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'configuration-file-invalid',
      number: 101,
      attribute: 'configurationFile',
      message: expect.stringContaining(words) as unknown,
      // What an editor opens.
      next: { step: 'file', file: '/app/file.yaml', ...placeIn(words) },
    }),
  );
  expect(() => parse(text)).toThrow(/^Cannot use "\/app\/file\.yaml:\d+:\d+": /);
});

function placeIn(words: string): { line: unknown; column: unknown } {
  const [, line, column] = /^(\d+):(\d+)/.exec(words) ?? [];
  const number = expect.any(Number) as unknown;
  return line === undefined ? { line: number, column: number } : { line: +line, column: Number(column) };
}

test('it is found in the working folder; one that is named has to be there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'localprocess-k8s-test-'));
  try {
    expect(await readProcessConfiguration(undefined, folder)).toBeUndefined();
    const missing = readProcessConfiguration('other.yaml', folder);
    await expect(missing).rejects.toMatchObject({ code: 'configuration-file-invalid' });
    await expect(missing).rejects.toThrow(/^Cannot read ".*other\.yaml": .*ENOENT/);
    await expect(readProcessConfiguration('.', folder)).rejects.toThrow(/EISDIR/);
    await writeFile(join(folder, fileName), entry('b'));
    await writeFile(join(folder, 'other.yaml'), entry('c'));
    expect((await readProcessConfiguration(undefined, folder))?.file.path).toBe(join(folder, fileName));
    const named = await readProcessConfiguration('other.yaml', folder);
    expect(named?.env).toMatchObject([{ name: 'A', parts: [{ text: 'c' }] }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
