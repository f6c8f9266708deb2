import type { Listener, Report } from './report.ts';

/** Whether a name leads to an address on this machine. */
export type Resolves = (hostname: string, address: string) => Promise<boolean>;

/**
 * The line that reaches what the session stands in for: by its service, through the cluster and back; without one that is
 * reached from here, the local process itself. `undefined`: it has no ports.
 */
export async function curlForTarget(report: Report, resolves: Resolves): Promise<string | undefined> {
  const [own] = listenersOf(report);
  if (own && isTarget(own, report)) return curlFor(own, report, resolves);
  const [first] = report.ports;
  return first && line('127.0.0.1', first.local);
}

/** The line that reaches a service, at one of its ports. Default: its first. */
export async function curlFor(
  { address, ports: [first] }: Pick<Listener, 'address' | 'ports'>,
  { names }: Pick<Report, 'names'>,
  resolves: Resolves,
): Promise<string | undefined> {
  if (first === undefined) return undefined;
  // Names in a hosts file that the local process alone sees lead nowhere in a terminal.
  const hostname = names.find((entry) => entry.address === address)?.hostnames[0];
  const named = hostname !== undefined && (await resolves(hostname, address));
  return line(named ? hostname : address, first.local, first.port);
}

/** The services that are reached, the target's own first. */
export function listenersOf(report: Report): Listener[] {
  return [...report.listeners].sort(
    (one, other) => Number(isTarget(other, report)) - Number(isTarget(one, report)),
  );
}

function isTarget({ service, namespace }: Listener, report: Report): boolean {
  return report.target === `service/${service}` && report.namespace === namespace;
}

/** `port`: the service's own, which tells what is spoken there. The certificate is made out to another name. */
function line(host: string, local: number, port = local): string {
  const secure = port === 443 || port === 8443;
  const at = local === (secure ? 443 : 80) ? '' : `:${local}`;
  return secure ? `curl --insecure https://${host}${at}/` : `curl http://${host}${at}/`;
}
