import { InsidePod } from '../test/real/support/insidePod.ts';
import { kubeconfig } from '../test/real/support/kubectl.ts';
import { Namespace } from '../test/real/support/namespace.ts';
import { Child } from './child.ts';
import { compare, type Figures, type Generator, type Plan } from './compare.ts';
import { farAway } from './far.ts';
import { median } from './median.ts';
import { medians, phases, timeLaunch, type Phases } from './phases.ts';
import { print, type Goal, type Row } from './table.ts';
import { deployTarget } from './target.ts';
import { agentMemory, forgetPeak, memory } from './usage.ts';
import { kubectlForward, Session, type Where } from './ways.ts';

const launches = 5;
const roundTripMs = 80;
const near: Plan = { rounds: 4, keepAlive: 600, newConnection: 300, workersSeconds: 1.5 };
const far: Plan = { rounds: 2, keepAlive: 20, newConnection: 12, workersSeconds: 3 };

/** The whole takes about three minutes. Minutes. */
const deadline = 4;

const began = performance.now();
await using namespace = await Namespace.create('bench');
await Promise.race([run(namespace), interrupted()]);
say(`Done in ${((performance.now() - began) / 1000).toFixed(0)} s.`);

async function run(namespace: Namespace): Promise<void> {
  await deployTarget(namespace);
  using generator: Generator = new Child('generator');
  const where = { kubeconfig, namespace };
  if (asked('launches')) await showLaunches(where);
  if (asked('near')) await showNear(generator, where);
  if (asked('far')) await showFar(generator, where);
}

/** Each part may be named on the command line; without a name all are measured. */
function asked(part: 'launches' | 'near' | 'far'): boolean {
  const parts = process.argv.slice(2);
  return parts.length === 0 || parts.includes(part);
}

async function showLaunches(where: Where): Promise<void> {
  const { namespace } = where;
  say(`Launching ${launches} times …`);
  const timed: Phases[] = [];
  const adapter: number[] = [];
  const agent: number[] = [];
  await using inside = await InsidePod.start(namespace);
  await using load = await inside.load({ url: 'http://web/who', perSecond: 40, keepAlive: false });
  for (let left = launches; left > 0; left--) {
    await using session = await Session.begin(where);
    timed.push(await timeLaunch(session, load));
    adapter.push(memory(session.pid).resident);
    agent.push((await agentMemory(namespace)).resident);
  }
  print(`A launch (medians of ${launches}, image present)`, [
    ...launchRows(medians(timed)),
    { what: 'adapter, joined and idle', ours: median(adapter), unit: 'MiB', goal: atMost(120) },
    { what: 'agent, joined and idle', ours: median(agent), unit: 'MiB', goal: atMost(80) },
  ]);
}

async function showNear(generator: Generator, where: Where): Promise<void> {
  say('Comparing …');
  const { ours, kubectl, peak } = await compareBoth(generator, where, near);
  print('Beside kubectl port-forward', [
    ...speedRows(ours, kubectl, 0.5),
    ...processorRows(ours, kubectl),
    { what: 'adapter, most memory', ours: peak.adapter.peak, unit: 'MiB' },
    { what: 'agent, most memory', ours: peak.agent.peak, unit: 'MiB' },
  ]);
}

async function showFar(generator: Generator, where: Where): Promise<void> {
  say(`Comparing with a round-trip time of ${roundTripMs} ms …`);
  await using away = await farAway(roundTripMs);
  const { ours, kubectl } = await compareBoth(generator, { ...where, kubeconfig: away.kubeconfig }, far);
  print(`Beside kubectl port-forward, ${roundTripMs} ms round-trip`, speedRows(ours, kubectl, 0.4));
}

async function compareBoth(generator: Generator, where: Where, plan: Plan) {
  await using session = await Session.begin(where);
  await session.joined();
  await using forward = await kubectlForward(where);
  forgetPeak(session.pid);
  const figures = await compare(generator, { ours: session, kubectl: forward }, plan);
  const peak = { adapter: memory(session.pid), agent: await agentMemory(where.namespace) };
  return { ...figures, peak };
}

function launchRows(measured: Phases): Row[] {
  return phases.map((what) => ({
    what,
    ours: measured[what],
    unit: 'ms',
    ...(what === 'launch to debuggee started' && { goal: atMost(2500) }),
  }));
}

function speedRows(ours: Figures, kubectl: Figures, newConnectionGoal: number): Row[] {
  const row = (
    what: string,
    key: keyof Figures,
    unit: string,
    bound: { atMost?: number; atLeast?: number },
  ) => ({
    what,
    ours: ours[key],
    other: kubectl[key],
    unit,
    goal: { of: 'ratio' as const, ...bound },
  });
  return [
    row('request, keep-alive, p50', 'keepAlive', 'ms', { atMost: 1.1 }),
    row('request, new connection, p50', 'newConnection', 'ms', { atMost: newConnectionGoal }),
    row('50 workers, new connections', 'workers', 'requests/s', { atLeast: 1.7 }),
    row('64 MiB down', 'download', 'MiB/s', { atLeast: 0.9 }),
    row('64 MiB up', 'upload', 'MiB/s', { atLeast: 0.9 }),
  ];
}

function processorRows(ours: Figures, kubectl: Figures): Row[] {
  const row = (what: string, key: keyof Figures) => ({
    what,
    ours: ours[key],
    other: kubectl[key],
    unit: 'CPU ms/request',
  });
  return [
    row('processor, keep-alive', 'keepAliveProcessor'),
    row('processor, new connection', 'newConnectionProcessor'),
  ];
}

function atMost(bound: number): Goal {
  return { of: 'ours', atMost: bound };
}

/** Rejects when time is up or somebody ends the bench: whatever happens, the namespace is deleted. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new Error(`The bench takes longer than ${deadline} minutes.`)),
      deadline * 60_000,
    ).unref();
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`Ended by ${signal}.`)));
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
