import { Diagnostics } from '../../adapter/diagnostics.ts';
import { Counted } from '../../adapter/tunnel/counted.ts';
import type { Report, State } from '../../extension/report.ts';

const none = { open: 0, total: 0, received: 0, sent: 0 };

/** A session of the shop's "web" as the adapter itself tells of it; `secrets`: with its values. */
export async function reportOfShop({ secrets = false, mapped = true } = {}): Promise<Report> {
  const diagnostics = new Diagnostics({
    session: 'cafe',
    since: '2026-01-02T03:04:05.678Z',
    log: '/none/log',
  });
  const service = (name: string, index: number, ports: number[], traffic = none) => ({
    name,
    namespace: 'shop',
    address: mapped ? `127.1.2.${index}` : '127.0.0.1',
    hostnames: mapped ? [name] : [],
    ports: ports.map((port) => ({ port, local: mapped ? port : 40_000 + port })),
    traffic,
  });
  diagnostics.note({
    owner: 'me@here',
    target: 'service/web',
    namespace: 'shop',
    context: 'dev',
    program: 'the debugger (pwa-node)',
    ports: [{ local: 3000, remote: 8080 }],
    environment: { API_KEY: 'hunter2|and"more', EMPTY: '', LINES: 'a\nb', UNSET: null },
    counted: new Counted(),
    exposure: {
      services: [
        service('prices', 1, [5000, 5001], { open: 1, total: 3, received: 1234, sent: 56 }),
        service('web', 2, [80]),
        service('vault', 3, [443]),
      ],
      entries: mapped
        ? [
            { address: '127.1.2.1', hostnames: ['prices', 'prices.shop'] },
            { address: '127.1.2.2', hostnames: ['web', 'web.shop'] },
          ]
        : [],
    },
    mounts: [{ name: 'keys', mountPath: '/etc/keys', folder: '/tmp/cafe/keys' }],
  });
  diagnostics.enter('joined');
  diagnostics.warn('It went less well.');
  // What the extension reads of it is what the adapter says: this does not compile otherwise.
  return diagnostics.report({ showSecrets: secrets });
}

/** The same in short. */
export async function stateOfShop(changes: Partial<State> = {}): Promise<State> {
  const {
    session,
    state,
    target = '',
    namespace = '',
    context = '',
    traffic,
    reached,
  } = await reportOfShop();
  return { session, state, target, namespace, context, traffic, reached, warnings: [], ...changes };
}
