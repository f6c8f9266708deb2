import { join } from 'node:path';
import { root } from '../../real/support/f5.ts';

const outer = (namespace: string) => ({
  type: 'localprocess-k8s',
  request: 'launch',
  namespace,
  env: { ANSWERED_BY: 'local' },
});

/** A launch.json with these configurations. */
export function launchJson(configurations: object[], more: object = {}): object {
  return { version: '0.2.0', configurations, ...more };
}

/** The shop's "web" by hand, as `name`. */
export function web(namespace: string, name = 'web, in the cluster'): Record<string, unknown> {
  return {
    ...outer(namespace),
    name,
    target: 'service/web',
    ports: ['3000:http'],
    debug: {
      type: 'pwa-node',
      request: 'launch',
      program: '${workspaceFolder}/web/server.js',
      cwd: '${workspaceFolder}/web',
    },
  };
}

/** The shop's "prices" by hand. */
export function prices(namespace: string): Record<string, unknown> {
  return {
    ...outer(namespace),
    name: 'prices, in the cluster',
    target: 'service/prices',
    ports: ['5000:http'],
    debug: {
      type: 'debugpy',
      request: 'launch',
      program: '${workspaceFolder}/prices/server.py',
      python: join(root, '.venv', 'bin', 'python'),
      console: 'internalConsole',
    },
  };
}
