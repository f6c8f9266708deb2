import type { Report } from '../diagnostics.ts';

/** A session's diagnostics for people to read, one fact a line. */
export function describeReport(report: Report): string[] {
  const { session, state, target, namespace, context, since, owner, program, versions } = report;
  return [
    `Session ${session}`,
    fact('state', `${state}, begun ${since}`),
    fact('target', `${target ?? '?'} in ${namespace ?? '?'}, context ${context ?? '?'}`),
    fact('owner', owner ?? '?'),
    fact('runs', program ?? '?'),
    fact(
      'versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ),
    fact('ports', list(report.ports.map(({ local, remote }) => `${local} here for ${remote}`))),
    fact('traffic', traffic(report.traffic)),
    fact('reached', traffic(report.reached)),
    ...block(
      'warnings',
      report.warnings.map(({ at, text }) => `${at} ${text}`),
    ),
    ...block('agents', report.agents.map(agent)),
    ...block('variables', Object.entries(report.variables).sort().map(variable)),
    ...block(
      'names',
      report.names.map(({ address, hostnames }) => `${address} ${hostnames.join(' ')}`),
    ),
    ...block('listeners', report.listeners.map(listener)),
    ...block(
      'volumes',
      report.volumes.map(({ name, mountPath, folder }) => `${name}: ${mountPath} at ${folder}`),
    ),
    ...block(`log ${report.log.path}`, report.log.tail),
  ];
}

function fact(name: string, value: string): string {
  return `  ${name.padEnd(10)}${value}`;
}

function block(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [fact(name, 'none')] : [`  ${name}`, ...lines.map((line) => `    ${line}`)];
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ');
}

function agent({ pod, tunnel, roundTripMs, connections }: Report['agents'][number]): string {
  const { inward, outward, inwardTotal, outwardTotal } = connections;
  return `${pod}: tunnel ${tunnel}, ${roundTripMs} ms, connections from the pod ${inward} (${inwardTotal} ever), to the cluster ${outward} (${outwardTotal} ever)`;
}

/** On one line, whatever is in the value. */
function variable([name, value]: [string, string | null]): string {
  if (value === null) return `${name} is unset`;
  return `${name} = ${/^<hidden: \d+ characters?>$/.test(value) ? value : JSON.stringify(value)}`;
}

function listener({ service, namespace, address, ports, traffic: all }: Report['listeners'][number]): string {
  const pairs = ports.map(({ port, local }) => (port === local ? `${port}` : `${port} at ${local}`));
  return `${service}.${namespace}: ${address}, ports ${list(pairs)}; ${traffic(all)}`;
}

function traffic({ open, total, received, sent }: Report['traffic']): string {
  return `connections ${open} (${total} ever), bytes received ${received}, sent ${sent}`;
}
