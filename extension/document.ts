import { inBytes } from './numbers.ts';
import { states, type Report, type Traffic } from './report.ts';

/** Everything that a session tells of itself, as Markdown that reads well as it is. */
export function describe(report: Report, { secrets }: { secrets: boolean }): string {
  const { target = 'A session', namespace = '?', context = '?', since, program = '?' } = report;
  const { session, owner = '?', versions, warnings, log } = report;
  return [
    `# ${target} in ${namespace}`,
    `${capital(states[report.state])}, begun ${since} by ${owner}, context ${context}, session ${session}. Runs ${program}.`,
    ...table(
      ['traffic', 'connections', 'open', 'received', 'sent'],
      [
        ['from the cluster', ...counts(report.traffic)],
        ['to its services', ...counts(report.reached)],
      ],
    ),
    ...(warnings.length === 0 ? [] : ['## Warnings', ...warnings.map(({ at, text }) => `- ${at} ${text}`)]),
    '## Environment variables',
    secrets
      ? 'Values are shown as JSON writes them. "Hide Secrets" in the title bar hides them again.'
      : 'Values are hidden. "Show Secrets" in the title bar shows them.',
    ...table(['name', 'value'], Object.entries(report.variables).sort(byName).map(variable)),
    '## DNS entries',
    ...table(
      ['address', 'names'],
      report.names.map(({ address, hostnames }) => [address, hostnames.join(' ')]),
    ),
    '## Listeners',
    ...table(
      ['service', 'namespace', 'port', 'reached at', 'connections', 'open', 'received', 'sent'],
      report.listeners.flatMap(({ service, namespace, address, ports, traffic: all }) =>
        ports.map(({ port, local }, index) => [
          service,
          namespace,
          String(port),
          `${address}:${local}`,
          // They are counted by service.
          ...(index === 0 ? counts(all) : ['″', '″', '″', '″']),
        ]),
      ),
    ),
    '## Tunnels',
    ...table(
      ['pod', 'state', 'round trip', 'from the pod (ever)', 'to the cluster (ever)'],
      report.agents.map(({ pod, tunnel, roundTripMs, connections: { inward, outward, ...ever } }) => [
        pod,
        tunnel,
        `${roundTripMs} ms`,
        `${inward} (${ever.inwardTotal})`,
        `${outward} (${ever.outwardTotal})`,
      ]),
    ),
    '## Ports',
    ...table(
      ['in the pod', 'here'],
      report.ports.map(({ local, remote }) => [String(remote), String(local)]),
    ),
    '## Volumes',
    ...table(
      ['name', 'in the pod', 'here'],
      report.volumes.map(({ name, mountPath, folder }) => [name, mountPath, folder]),
    ),
    '## Versions',
    ...table(['of', 'version'], Object.entries(versions)),
    '## Log',
    log.path,
    ['```log', ...log.tail, '```'].join('\n'),
  ].join('\n\n');
}

/** A session as `localprocess-k8s status --json --diagnostics` lists it. */
export interface Listed {
  session: string;
  state: string;
  here: boolean;
  target?: string;
  namespace: string;
  owner?: string;
  since?: string;
  diagnostics?: Report;
}

export interface Listing {
  sessions: Listed[];
  cluster: { error?: { message: string } };
}

/** All sessions that this machine and the cluster know of, those of this machine with everything; or how to begin one. */
export function describeAll({ sessions, cluster }: Listing, { secrets }: { secrets: boolean }): string {
  const rows = sessions.map(({ session, target = '?', namespace, owner = '?', since = '?', state, here }) => [
    session,
    target,
    namespace,
    here ? 'here' : owner,
    since,
    state,
  ]);
  return [
    '# Sessions',
    ...(sessions.length === 0
      ? [
          'No session runs. Press F5 on a launch configuration of the type "localprocess-k8s"; the command "Local Process with Kubernetes: Configure" makes one.',
        ]
      : table(['session', 'target', 'namespace', 'owner', 'since', 'state'], rows)),
    ...(cluster.error ? [`Only this machine: the cluster cannot be asked. ${cluster.error.message}`] : []),
    ...sessions.flatMap(({ diagnostics }) => (diagnostics ? [describe(diagnostics, { secrets })] : [])),
  ].join('\n\n');
}

function counts(of: Traffic): string[] {
  return [String(of.total), String(of.open), inBytes(of.received), inBytes(of.sent)];
}

/** On one line, whatever is in the value. */
function variable([name, value]: [string, string | null]): string[] {
  if (value === null) return [name, 'unset'];
  return [name, isHidden(value) ? value : JSON.stringify(value)];
}

/** Whether this stands for a value that is not shown. */
export function isHidden(value: string): boolean {
  return /^<hidden: \d+ characters?>$/.test(value);
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How far cells are filled with blanks: a longer one stands out. */
const widest = 80;

/** A table with its columns under each other. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.'];
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) =>
    Math.min(widest, Math.max(...cells.map((row) => row[column]?.length ?? 0))),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  const [first = [], ...others] = cells;
  return [[line(first), line(rule), ...others.map(line)].join('\n')];
}
