import { expect, test } from '@jest/globals';
import { convert } from '../../../extension/bridge/convert.ts';
import { bridge, clusters, converted, launchOf, program, tasksOf } from './files.ts';

test.each<[string, object, object, RegExp]>([
  [
    'isolation',
    { isolateAs: 'me-d987' },
    {},
    /^web: "isolateAs": "me-d987" has no counterpart: all requests to service\/web will come to this machine/,
  ],
  [
    'an unknown cluster',
    { targetCluster: 'other' },
    {},
    /^web: The kubeconfig has no context for the cluster "other": the current one is used/,
  ],
  ['a port that is none', { ports: [5001, 'http'] }, {}, /^web: The port "http" is none: it is left out/],
  [
    'an input',
    { targetNamespace: '${input:namespace}' },
    {},
    /^web: Variables "\$\{input:…\}" are declared in tasks\.json/,
  ],
  ['a container', {}, { type: 'docker' }, /^web: its program runs in a container/],
])('%s is told', async (_, task, configuration, note) => {
  const { notes, converted: names } = await converted(
    [{ ...program, preLaunchTask: bridge.label, ...configuration }],
    [{ ...bridge, ...task }],
  );
  expect(names).toEqual(['web']);
  expect(notes).toContainEqual(expect.stringMatching(note));
});

test.each<[string, object, RegExp]>([
  [
    'a task that names nothing',
    { resource: undefined },
    /^web: it is left as it is, because the task "bridge-to-kubernetes\.resource" names no "resource"\. Correct it, and convert again\.$/,
  ],
  ['a task of another kind', { resourceType: 'job' }, /is about a "job", not about a service or a pod/],
])('%s: nothing is changed', async (_, more, note) => {
  const task = { ...bridge, ...more };
  const launch = launchOf({ ...program, preLaunchTask: bridge.label });
  const { files, converted: names, notes } = await convert({ launch, tasks: tasksOf(task) }, clusters);
  expect(files).toEqual({ launch, tasks: tasksOf(task) });
  expect(names).toEqual([]);
  expect(notes).toContainEqual(expect.stringMatching(note));
});

test('a second target, a task of nobody and a configuration of nobody are told', async () => {
  const other = { ...bridge, label: 'other', resource: 'other' };
  const alone = { ...bridge, label: 'alone' };
  const { notes, tasks } = await converted(
    [
      { name: 'Configure', type: 'bridge-to-kubernetes.configuration' },
      { ...program, preLaunchTask: 'both' },
    ],
    [bridge, other, { label: 'both', dependsOn: [bridge.label, 'other'] }, alone],
  );
  expect(notes).toEqual([
    'Configure: it has no debugger, and is no longer of use. Delete it.',
    'web: a configuration has one target; "other" would need one of its own.',
    expect.stringContaining('ports are not known'),
    'No launch configuration was converted for the task "alone": it is left as it is. In a terminal, "localprocess-k8s run" does what it did.',
  ]);
  expect(tasks).toEqual([alone]);
});

test('tasks in a circle, and of other files, are left alone', async () => {
  const circle = [
    { label: 'a', dependsOn: ['b'] },
    { label: 'b', dependsOn: ['a'] },
  ];
  const configurations = [
    { ...program, preLaunchTask: 'a' },
    { ...program, name: 'other', preLaunchTask: 'npm: build' },
    { ...program, name: 'third', preLaunchTask: { type: 'npm', script: 'build' } },
  ];
  expect(await converted(configurations, circle)).toMatchObject({ configurations, tasks: circle, notes: [] });
});

test('a task that is found by its properties', async () => {
  const { configurations, tasks } = await converted(
    [{ ...program, preLaunchTask: { type: bridge.type, resource: 'web' } }],
    [bridge],
  );
  expect(configurations[0]).toMatchObject({ target: 'service/web' });
  expect(configurations[0]).not.toHaveProperty('preLaunchTask');
  expect(tasks).toEqual([]);
});

test('files of Windows, written in one line each', async () => {
  const launch = `{\r\n  "configurations": [{ "name": "web", "type": "go", "preLaunchTask": "${bridge.label}" }]\r\n}\r\n`;
  const tasks = `{ "tasks": [${JSON.stringify(bridge)}] }`;
  const { files } = await convert({ launch, tasks }, clusters);
  expect(files.launch).toBe(
    [
      '{',
      '  "configurations": [{',
      '    "name": "web",',
      '    "type": "localprocess-k8s",',
      '    "request": "launch",',
      '    "target": "service/web",',
      '    "ports": ["5001"],',
      '    "debug": { "type": "go" }',
      '  }]',
      '}',
      '',
    ].join('\r\n'),
  );
  expect(files.tasks).toBe('{ "tasks": [] }');
});

test.each([
  ['{', 'Cannot read "tasks.json": CloseBraceExpected in line 1. Correct it first.'],
  ['[]', 'Cannot read "tasks.json": it is not an object in line 1. Correct it first.'],
  [
    '{\n  "tasks": [\n    oops\n  ]\n}',
    'Cannot read "tasks.json": InvalidSymbol in line 3. Correct it first.',
  ],
])('%j as tasks.json', async (tasks, message) => {
  await expect(convert({ launch: '{}', tasks }, clusters)).rejects.toThrow(message);
});

test.each(['{}', '{ "configurations": null }', '{ "configurations": [null, 5] }'])(
  '%s as launch.json',
  async (launch) => {
    const tasks = '{ "tasks": [null, 7, { "label": 3 }] }';
    expect(await convert({ launch, tasks }, clusters)).toEqual({
      files: { launch, tasks },
      converted: [],
      notes: [],
    });
  },
);
