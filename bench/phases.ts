import { readFileSync } from 'node:fs';
import type { Load } from '../test/real/support/load.ts';
import { median } from './median.ts';
import type { Session } from './ways.ts';

/** Milliseconds of each part of a launch, and from the request to its milestones. */
export const phases = [
  'connect',
  'agent ready',
  'tunnel',
  'environment and this machine',
  'debugger and debuggee',
  'launch to debuggee started',
  'launch to first redirected byte',
] as const;
export type Phases = Record<(typeof phases)[number], number>;

/** The steps of the story, as the session's log names them; each ends where the next begins. */
const steps = ['Placing the agent', 'Opening the tunnel', 'Reading the environment', 'Starting the debugger'];

/**
 * The parts of one launch: from its log, by the client's clock when the debugger shows its first thread, and
 * by `load`, which asks the target from inside the cluster all the time.
 */
export async function timeLaunch(session: Session, load: Load): Promise<Phases> {
  const { f5 } = session;
  const began = performance.timeOrigin + f5.began;
  const started = f5.client.waitForEvent('thread').then(() => Date.now());
  await Promise.all([session.joined(), started]);
  await load.until((records) => records.some(isFirst));
  const first = load.records.filter(isFirst).map(({ at, took }) => at + took);

  const log = readFileSync(f5.logPath(), 'utf8').split('\n');
  const [placing = 0, tunnel = 0, environment = 0, starting = 0] = steps.map((step) => {
    const line = log.find((text) => text.includes(` step `) && text.includes(step)) ?? '';
    return Date.parse(line.slice(0, line.indexOf(' ')));
  });
  const debuggee = await started;
  return {
    connect: placing - began,
    'agent ready': tunnel - placing,
    tunnel: environment - tunnel,
    'environment and this machine': starting - environment,
    'debugger and debuggee': debuggee - starting,
    'launch to debuggee started': debuggee - began,
    'launch to first redirected byte': Math.min(...first) - began,
  };

  function isFirst({ at, answeredBy }: { at: number; answeredBy?: string }): boolean {
    return at > began && answeredBy === 'local';
  }
}

export function medians(launches: readonly Phases[]): Phases {
  return Object.fromEntries(
    phases.map((phase) => [phase, median(launches.map((launch) => launch[phase]))]),
  ) as Phases;
}
