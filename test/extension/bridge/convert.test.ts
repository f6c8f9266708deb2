import { expect, test } from '@jest/globals';
import { parse } from 'jsonc-parser';
import { convert } from '../../../extension/bridge/convert.ts';
import { readConfiguration } from '../../../adapter/configuration.ts';
import { bridge, clusters, converted, program } from './files.ts';

const nodeLaunch = `{
	// Use IntelliSense to learn about possible attributes.
	"version": "0.2.0",
	"configurations": [
		{
			"name": "Launch Program with Kubernetes", // F5
			"type": "node",
			"request": "launch",
			/* what others
			   do not debug */
			"skipFiles": ["<node_internals>/**"],
			"program": "\${workspaceFolder}/server.js",
			"preLaunchTask": "bridge-to-kubernetes.resource",
			"env": {
				"GRPC_DNS_RESOLVER": "native"
			}
		},
		{
			"name": "Launch Program",
			"type": "node",
			"request": "launch",
			"program": "\${workspaceFolder}/server.js",
		},
	],
}
`;
const nodeTasks = `{
	"version": "2.0.0",
	"tasks": [
		// to the cluster
		{
			"label": "bridge-to-kubernetes.resource",
			"type": "bridge-to-kubernetes.resource",
			"resource": "stats-api",
			"resourceType": "service",
			"ports": [3001],
			"targetCluster": "shop-aks",
			"targetNamespace": "dev",
			"useKubernetesServiceEnvironmentVariables": true
		},
		// tests
		{ "label": "test", "type": "npm", "script": "test" }
	]
}
`;

test('one task, one configuration: each in its place, comments and the other ones as they were', async () => {
  const { files, converted, notes } = await convert({ launch: nodeLaunch, tasks: nodeTasks }, clusters);
  expect(files.launch).toBe(`{
	// Use IntelliSense to learn about possible attributes.
	"version": "0.2.0",
	"configurations": [
		{
			"name": "Launch Program with Kubernetes",
			"type": "localprocess-k8s",
			"request": "launch",
			"target": "service/stats-api",
			"context": "shop-admin",
			"namespace": "dev",
			"useKubernetesServiceEnvironmentVariables": true,
			"ports": ["3001"],
			"debug": {
				// F5
				"type": "node",
				"request": "launch",
				/* what others
				   do not debug */
				"skipFiles": ["<node_internals>/**"],
				"program": "\${workspaceFolder}/server.js",
				"env": {
					"GRPC_DNS_RESOLVER": "native"
				}
			}
		},
		{
			"name": "Launch Program",
			"type": "node",
			"request": "launch",
			"program": "\${workspaceFolder}/server.js",
		},
	],
}
`);
  expect(files.tasks).toBe(`{
	"version": "2.0.0",
	"tasks": [
		// to the cluster
		// tests
		{ "label": "test", "type": "npm", "script": "test" }
	]
}
`);
  expect(converted).toEqual(['Launch Program with Kubernetes']);
  expect(notes).toEqual([]);
  const { configurations } = parse(files.launch, [], { allowTrailingComma: true }) as {
    configurations: unknown[];
  };
  expect(() => readConfiguration(configurations[0])).not.toThrow();

  const again = await convert(files, clusters);
  expect(again).toEqual({ files, converted: [], notes: [] });
});

const build = { label: 'build', type: 'process', command: 'dotnet' };
const compound = {
  label: 'bridge-to-kubernetes.compound',
  dependsOn: ['bridge-to-kubernetes.resource', 'build'],
  dependsOrder: 'sequence',
};

test('the task that stood beside the connection is still run', async () => {
  const { configurations, tasks, notes } = await converted(
    [
      { ...program, preLaunchTask: compound.label, presentation: { group: 'k8s' }, serverReadyAction: {} },
      { ...program, name: 'web, here', preLaunchTask: 'build' },
    ],
    [build, bridge, compound],
  );
  expect(configurations).toEqual([
    {
      name: 'web',
      type: 'localprocess-k8s',
      request: 'launch',
      target: 'service/web',
      ports: ['5001'],
      preLaunchTask: 'build',
      presentation: { group: 'k8s' },
      debug: { type: 'coreclr', request: 'launch', program: 'web.dll', serverReadyAction: {} },
    },
    { ...program, name: 'web, here', preLaunchTask: 'build' },
  ]);
  expect(tasks).toEqual([build]);
  expect(notes).toEqual([
    'web: The container’s ports are not known: 5001 is taken for the local and for the container’s. Where the container has another, write "LOCAL:REMOTE" in "ports".',
  ]);
});

test('what waited for the connection and for several others waits for these', async () => {
  const lint = { label: 'lint', type: 'shell', command: 'eslint .' };
  const three = { ...compound, dependsOn: ['lint', bridge.label, 'build'] };
  const { configurations, tasks } = await converted(
    [{ ...program, preLaunchTask: three.label }],
    [build, lint, bridge, three],
  );
  expect(configurations[0]).toMatchObject({ preLaunchTask: three.label });
  expect(tasks).toEqual([build, lint, { ...three, dependsOn: ['lint', 'build'] }]);

  // The connection itself waited for others.
  const waiting = { ...bridge, dependsOn: ['lint', 'build'], problemMatcher: [] };
  const itself = await converted([{ ...program, preLaunchTask: bridge.label }], [build, lint, waiting]);
  expect(itself.configurations[0]).toMatchObject({ preLaunchTask: bridge.label });
  expect(itself.tasks).toEqual([build, lint, { label: bridge.label, dependsOn: ['lint', 'build'] }]);
  const one = await converted(
    [{ ...program, preLaunchTask: bridge.label }],
    [build, { ...bridge, dependsOn: 'build' }],
  );
  expect(one.configurations[0]).toMatchObject({ preLaunchTask: 'build' });
  expect(one.tasks).toEqual([build]);
});

test('a task that does something of its own goes on without the connection', async () => {
  const first = { label: 'first', dependsOn: [bridge.label] };
  const watch = { label: 'watch', type: 'npm', script: 'watch', dependsOn: ['first'], isBackground: true };
  const { configurations, tasks } = await converted(
    [{ ...program, preLaunchTask: 'watch' }],
    [bridge, first, watch],
  );
  expect(configurations[0]).toMatchObject({ preLaunchTask: 'watch' });
  expect(tasks).toEqual([{ ...watch, dependsOn: undefined }]);
});

test('what others still wait for stays', async () => {
  const more = { label: 'more', type: 'shell', command: 'echo', dependsOn: [compound.label] };
  const { tasks } = await converted(
    [{ ...program, preLaunchTask: compound.label }],
    [build, bridge, compound, more],
  );
  expect(tasks).toEqual([build, bridge, compound, more]);
});

test('several services, each by its own task', async () => {
  const of = (name: string) => ({ ...bridge, label: `connect ${name}`, resource: name });
  const {
    configurations,
    tasks,
    converted: names,
  } = await converted(
    ['web', 'prices', 'stock'].map((name) => ({ ...program, name, preLaunchTask: `connect ${name}` })),
    [of('web'), of('prices'), of('stock'), build],
  );
  expect(names).toEqual(['web', 'prices', 'stock']);
  expect(configurations.map(({ target }) => target)).toEqual([
    'service/web',
    'service/prices',
    'service/stock',
  ]);
  expect(tasks).toEqual([build]);
});

test.each<[string, object, object]>([
  [
    'the older name of a task',
    { type: 'bridge-to-kubernetes.service', resource: undefined, resourceType: undefined, service: 'cart' },
    { target: 'service/cart' },
  ],
  [
    'the oldest',
    { type: 'dev-spaces.connect.service', resource: undefined, resourceType: undefined, service: 'cart' },
    { target: 'service/cart' },
  ],
  [
    'a pod and its container',
    { resourceType: 'pod', targetContainer: 'app' },
    { target: 'pod/web', container: 'app' },
  ],
  [
    'the spelling of its documentation',
    { usekubernetesServiceEnvironmentVariables: true },
    { useKubernetesServiceEnvironmentVariables: true },
  ],
  [
    'the container’s ports, in their order',
    { resource: 'stats-api', ports: [8080, 9090] },
    { ports: ['8080:3001', '9090'] },
  ],
  [
    'more ports than the container has',
    { resource: 'stats-api', ports: [1, 2, 3] },
    { ports: ['1:3001', '2:9090', '3'] },
  ],
])('%s', async (_, more, expected) => {
  const { configurations, notes } = await converted(
    [{ ...program, preLaunchTask: bridge.label }],
    [{ ...bridge, ...more }],
  );
  expect(configurations[0]).toMatchObject(expected);
  expect(notes.filter((note) => !note.includes('ports are not known'))).toEqual([]);
  expect(() => readConfiguration(configurations[0])).not.toThrow();
});

test('no ports: none are named', async () => {
  const { configurations } = await converted(
    [{ ...program, preLaunchTask: bridge.label }],
    [{ ...bridge, ports: [0] }],
  );
  expect(configurations[0]).not.toHaveProperty('ports');
});
