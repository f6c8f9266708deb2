import { arrows, plural, traffic } from './numbers.ts';
import { states, type State } from './report.ts';

/** A session as far as the status bar is concerned; `state` is `undefined` while it starts. */
export interface Shown {
  target: string;
  state: State | undefined;
}

export interface Status {
  text: string;
  /** Markdown. */
  tooltip: string;
  level: 'ordinary' | 'warning' | 'error';
}

const icons: Record<State['state'], string> = {
  starting: 'sync~spin',
  waiting: 'watch',
  joined: 'arrow-swap',
  reconnecting: 'sync~spin',
  lost: 'debug-disconnect',
  leaving: 'sync~spin',
};
/** What is shown of several: the one that needs a look most. */
const urgency: State['state'][] = ['joined', 'waiting', 'starting', 'leaving', 'reconnecting', 'lost'];

/** What the status bar says of the sessions of this window; `undefined`: there are none. */
export function statusOf(sessions: readonly Shown[]): Status | undefined {
  const [first, ...others] = sessions;
  if (first === undefined) return undefined;
  const worst = sessions.map(stateOf).sort((one, other) => urgency.indexOf(other) - urgency.indexOf(one))[0];
  const state = worst ?? 'starting';
  const words = others.length === 0 ? wordsFor(first) : inShort(sessions, state);
  const warned = sessions.some((one) => (one.state?.warnings.length ?? 0) > 0);
  return {
    text: `$(${icons[state]}) ${words}${warned ? ' $(warning)' : ''}`,
    tooltip: [...sessions.map(inDetail), 'Click for services, variables, log and more.'].join('\n\n'),
    level: state === 'lost' ? 'error' : state === 'reconnecting' ? 'warning' : 'ordinary',
  };
}

function stateOf({ state }: Shown): State['state'] {
  return state?.state ?? 'starting';
}

function wordsFor({ target, state }: Shown): string {
  if (state?.state === 'joined') return `${target} ${arrows(state.traffic)}`;
  const short: Record<State['state'], string> = {
    starting: 'starting',
    joined: 'serving',
    waiting: 'waiting',
    reconnecting: 'reconnecting',
    lost: 'lost',
    leaving: 'leaving',
  };
  return `${target}: ${short[state?.state ?? 'starting']}`;
}

function inShort(sessions: readonly Shown[], worst: State['state']): string {
  const count = sessions.filter((one) => stateOf(one) === worst).length;
  const all = plural(sessions.length, 'session');
  if (worst === 'joined') return all;
  return `${all}, ${count === sessions.length ? 'all' : count} ${worst}`;
}

function inDetail({ target, state }: Shown): string {
  if (state === undefined) return `**${target}**: ${states.starting}`;
  const { namespace = '?', warnings, reached } = state;
  return [
    `**${target}** in ${namespace}: ${states[state.state]}`,
    `- from the cluster: ${traffic(state.traffic)}`,
    `- to its services: ${traffic(reached)}`,
    ...warnings.slice(-3).map(({ text }) => `- $(warning) ${escaped(text)}`),
  ].join('\n');
}

/** As Markdown shows it as it is. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!<>|~$]/g, '\\$&').replaceAll('\n', ' ');
}
