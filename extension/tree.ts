import { brief, traffic } from './numbers.ts';
import { states, type Listener, type Report, type State } from './report.ts';

/** A line of the view beside the call stack. */
export interface Line {
  /** The same for what stays the same, so that what is open stays open. */
  id: string;
  kind:
    | 'session'
    | 'section'
    | 'port'
    | 'pod'
    | 'service'
    | 'address'
    | 'variable'
    | 'shown'
    | 'folder'
    | 'file'
    | 'log';
  label: string;
  description?: string;
  tooltip?: string;
  icon: string;
  /** The debug session that it belongs to. */
  debug: string;
  /** What a click copies. */
  copies?: string;
  /** The file or folder that it stands for. */
  path?: string;
  children?: Line[];
  /** Default: closed. */
  open?: boolean;
}

/** What the view shows of one session; without a report it has only begun. */
export function linesOf({
  debug,
  target,
  state,
  report,
  shown,
}: {
  debug: string;
  target: string;
  state: State | undefined;
  report: Report | undefined;
  /** Values that the user asked for, by name. */
  shown: ReadonlyMap<string, string>;
}): Line {
  const now = report ?? state;
  const line = (kind: Line['kind'], id: string, rest: Omit<Line, 'kind' | 'id' | 'debug'>): Line => ({
    kind,
    id: `${debug}/${id}`,
    debug,
    ...rest,
  });
  const section = (label: string, icon: string, children: Line[], open = false) =>
    line('section', label, { label, icon, description: String(children.length), children, open });
  return line('session', '', {
    label: target,
    icon: 'vm-connect',
    description: now ? `${states[now.state]} · ${brief(now.traffic)}` : states.starting,
    tooltip: now
      ? `${target} in ${now.namespace ?? '?'}, context ${now.context ?? '?'}: ${states[now.state]}. From the cluster: ${traffic(now.traffic)}.`
      : target,
    open: true,
    children: report
      ? [
          section('Redirected', 'arrow-swap', redirected(report, line), true),
          section('Services', 'globe', services(report, line), true),
          section('Variables', 'symbol-variable', variables(report, shown, line)),
          section('Volumes', 'file-directory', volumes(report, line)),
          line('log', 'log', {
            label: 'Log',
            icon: 'output',
            description: report.log.path,
            path: report.log.path,
          }),
        ]
      : [],
  });
}

type Make = (kind: Line['kind'], id: string, rest: Omit<Line, 'kind' | 'id' | 'debug'>) => Line;

function redirected({ ports, agents }: Report, line: Make): Line[] {
  return [
    ...ports.map(({ local, remote }) =>
      line('port', `port/${remote}`, {
        label: `Port ${remote}`,
        description: `to 127.0.0.1:${local}`,
        tooltip: `What arrives at port ${remote} of the pod comes to port ${local} of this machine. Click to copy its address here.`,
        icon: 'plug',
        copies: `127.0.0.1:${local}`,
      }),
    ),
    ...agents.map(({ pod, tunnel, roundTripMs, connections }) =>
      line('pod', `pod/${pod}`, {
        label: pod,
        description: `${tunnel}, ${roundTripMs} ms`,
        tooltip: `The pod that takes the traffic. Connections from it: ${connections.inward} (${connections.inwardTotal} ever), to the cluster: ${connections.outward} (${connections.outwardTotal} ever). Click to copy its name.`,
        icon: 'server',
        copies: pod,
      }),
    ),
  ];
}

function services({ listeners, names, namespace }: Report, line: Make): Line[] {
  return listeners.map((listener) => {
    const { service, address, ports } = listener;
    const id = `service/${listener.namespace}/${service}`;
    const hostnames = names.find((entry) => entry.address === address)?.hostnames ?? [];
    const [first, ...others] = ports.map(({ local }) => `${address}:${local}`);
    return line('service', id, {
      label: listener.namespace === namespace ? service : `${service}.${listener.namespace}`,
      description: `${addressOf(listener)} · ${brief(listener.traffic)}`,
      tooltip: [
        ...(hostnames.length > 0 ? hostnames : ['It has no name on this machine.']),
        `From this machine: ${traffic(listener.traffic)}.`,
        'Click to copy its address.',
      ].join('\n'),
      icon: 'globe',
      ...(first !== undefined && { copies: first }),
      ...(others.length > 0 && {
        children: ports.map(({ port, local }) =>
          line('address', `${id}/${port}`, {
            label: `Port ${port}`,
            description: `${address}:${local}`,
            tooltip: 'Click to copy the address.',
            icon: 'plug',
            copies: `${address}:${local}`,
          }),
        ),
      }),
    });
  });
}

/** Where a service is reached: "127.1.2.3:80, 443". */
export function addressOf({ address, ports }: Pick<Listener, 'address' | 'ports'>): string {
  return `${address}:${ports.map(({ local }) => local).join(', ')}`;
}

function variables({ variables: all }: Report, shown: ReadonlyMap<string, string>, line: Make): Line[] {
  return Object.entries(all)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => {
      const asked = shown.get(name);
      return line(asked === undefined ? 'variable' : 'shown', `variable/${name}`, {
        label: name,
        description: asked ?? value ?? 'unset',
        tooltip: `${name}${asked === undefined ? '' : `=${asked}`}`,
        icon: 'symbol-variable',
      });
    });
}

function volumes({ volumes: all }: Report, line: Make): Line[] {
  return all.map(({ name, mountPath, folder }) =>
    line('folder', `volume/${mountPath}`, {
      label: mountPath,
      description: name,
      tooltip: `The volume "${name}", copied to ${folder}`,
      icon: 'file-directory',
      path: folder,
      // Its files are read when it is opened.
      children: [],
    }),
  );
}
