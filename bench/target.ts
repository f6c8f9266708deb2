import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../test/real/support/namespace.ts';

/** The service that is asked through both ways. */
export const target = { name: 'bench', port: 8080 } as const;

/** Deploys it: a plain HTTP server in one pod, without limits. */
export async function deployTarget(namespace: Namespace): Promise<void> {
  const { name, port } = target;
  const labels = { app: name };
  const server = readFileSync(join(process.cwd(), 'bench', 'server.cjs'), 'utf8');
  const container = {
    name,
    image: 'node:22-alpine',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', server],
    ports: [{ containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  };
  await namespace.apply(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port }] } },
  );
  await namespace.available();
}
