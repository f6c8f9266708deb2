import { describeError } from './answer.ts';
import { clusterOptions } from './attributes.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { describeReport } from './report.ts';
import { listSessions, type ListedSession, type ListedState, type Listing } from './sessions.ts';
import { table } from './table.ts';

const options = {
  json: { type: 'boolean', help: 'As JSON.' },
  diagnostics: {
    type: 'boolean',
    help: 'All that the sessions of this machine know: variables, names, listeners, volumes, tunnels, versions, log.',
  },
  'show-secrets': { type: 'boolean', help: 'With --diagnostics: values of variables too.' },
  ...clusterOptions,
} as const satisfies Options;

/** `localprocess-k8s status`: the sessions of this machine and of the cluster. */
export const status: Command = {
  name: 'status',
  synopsis: '[--json] [--diagnostics [--show-secrets]] [OPTION]…',
  summary: 'Lists the sessions on this machine and in the cluster.',
  options,
  async start(args) {
    const { values } = parse(args, options);
    const { namespace, context, kubeconfig, json, diagnostics } = values;
    const showSecrets = values['show-secrets'] === true;
    if (showSecrets && diagnostics !== true)
      throw commandInvalid('"--show-secrets" says something only with "--diagnostics".');
    const listing = await listSessions(
      { namespace, context, kubeconfig },
      diagnostics === true ? { showSecrets } : undefined,
    );
    process.stdout.write(json === true ? inJson(listing) : inWords(listing));
    return 0;
  },
};

/** What the states mean, and what to do about them. */
const states: Record<ListedState, string> = {
  starting: 'starting',
  waiting: 'waiting for the local process to listen',
  joined: 'joined',
  reconnecting: 'reconnecting to the cluster',
  leaving: 'leaving',
  restoring: 'being restored',
  dead: 'dead: "localprocess-k8s restore" undoes what it left',
  lost: 'lost: its agents give the traffic back by themselves',
  finished: 'finished: its agents have given the traffic back',
};

/** What a session's state means, after "is". */
export function describeState(state: ListedState): string {
  return states[state];
}

function inJson({ sessions, cluster }: Listing): string {
  const { error, ...asked } = 'error' in cluster ? cluster : { ...cluster, error: undefined };
  const words = error && { error: describeError(error) };
  return `${JSON.stringify({ sessions, cluster: words ?? asked }, null, 2)}\n`;
}

function inWords({ sessions, cluster }: Listing): string {
  const lines =
    sessions.length === 0
      ? ['There is no session.']
      : table([
          ['SESSION', 'TARGET', 'NAMESPACE', 'OWNER', 'AGE', 'STATE'],
          ...sessions.map((session) => row(session)),
        ]);
  if ('error' in cluster)
    lines.push('', `Only this machine: the cluster cannot be asked. ${cluster.error.message}`);
  else if (!cluster.everywhere)
    lines.push('', `In the cluster, only the namespace "${cluster.namespace}" was looked at.`);
  for (const { diagnostics } of sessions) if (diagnostics) lines.push('', ...describeReport(diagnostics));
  return `${lines.join('\n')}\n`;
}

function row({ session, target, namespace, owner, since, state }: ListedSession): string[] {
  return [
    session,
    target ?? '?',
    namespace,
    owner ?? '?',
    since === undefined ? '?' : age(since),
    states[state],
  ];
}

/** How long ago, in the largest unit that fits, as kubectl writes it. */
export function age(since: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
