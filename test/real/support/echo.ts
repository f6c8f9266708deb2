/** What answers on each of its ports, in words: the pod's name and the port; keeps connections open. */
const program = `
const { createServer } = require('node:http');
for (const port of [8080, 9090])
  createServer((request, response) => response.end(process.env.HOSTNAME + ':' + port)).listen(port);
process.on('SIGTERM', () => process.exit());`;

/** A pod that answers on 8080 ("web") and 9090 ("admin"); with a host name and a headless service it has a name of its own. */
export function echoPod(name: string, subdomain: string, ready = true): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: subdomain } },
    spec: {
      hostname: name,
      subdomain,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'echo',
          image: 'node:22-alpine',
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', program],
          ports: [
            { name: 'web', containerPort: 8080 },
            { name: 'admin', containerPort: 9090 },
          ],
          readinessProbe: { tcpSocket: { port: ready ? 8080 : 1 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

export function service(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

/** A service without a selector, and the address that somebody wrote down for it. */
export function serviceTo(name: string, address: string): object[] {
  return [
    service(name, { ports: [{ port: 80, targetPort: 8080 }] }),
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: [address] }],
    },
  ];
}

/** A deployment whose second container answers on the pod's own localhost, and asks the first there for "/app". */
export function withSidecar(name: string, searches: string[]): object[] {
  const main = `require('node:http').createServer((q, s) => s.end('original')).listen(3000);process.on('SIGTERM', () => process.exit())`;
  const sidecar = `
require('node:http').createServer((q, s) => {
  if (q.url !== '/app') return s.end('the sidecar');
  fetch('http://localhost:3000/who').then((answer) => answer.text()).then((text) => s.end('app: ' + text), (error) => s.end(String(error)));
}).listen(15001, '127.0.0.1');process.on('SIGTERM', () => process.exit())`;
  const container = (containerName: string, source: string, port: number, more: object = {}) => ({
    name: containerName,
    image: 'node:22-alpine',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', source],
    ports: [{ containerPort: port }],
    ...more,
  });
  const readinessProbe = { tcpSocket: { port: 3000 }, periodSeconds: 1 };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            dnsConfig: { searches },
            containers: [
              container(name, main, 3000, { readinessProbe }),
              container('sidecar', sidecar, 15001),
            ],
          },
        },
      },
    },
    service(name, { selector: { app: name }, ports: [{ port: 80, targetPort: 3000 }] }),
  ];
}
