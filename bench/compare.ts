import type { Child } from './child.ts';
import type { Job, Order, Outcome } from './generator.ts';
import { median } from './median.ts';
import { processorMs } from './usage.ts';
import type { Way } from './ways.ts';

/** How much of each is done in one round. */
export interface Plan {
  rounds: number;
  keepAlive: number;
  newConnection: number;
  workersSeconds: number;
}

/** Medians in milliseconds, requests and MiB a second, processor milliseconds per request. */
export interface Figures {
  keepAlive: number;
  newConnection: number;
  workers: number;
  download: number;
  upload: number;
  keepAliveProcessor: number;
  newConnectionProcessor: number;
}

export type Generator = Child<Order, Outcome>;

const bytes = 64 * 1024 * 1024;
const workers = 50;

/**
 * Measures both ways in turn, job by job, each round in the other order: what else the machine does hits both.
 * The first round is for warming up, and not counted.
 */
export async function compare<Name extends string>(
  generator: Generator,
  ways: Record<Name, Way>,
  plan: Plan,
): Promise<Record<Name, Figures>> {
  const { keepAlive, newConnection, workersSeconds } = plan;
  const jobs: Job[] = [
    { kind: 'keepAlive', count: keepAlive },
    { kind: 'newConnection', count: newConnection },
    { kind: 'workers', count: workers, seconds: workersSeconds },
    { kind: 'download', bytes },
    { kind: 'upload', bytes },
  ];
  const names = Object.keys(ways) as Name[];
  const samples = new Map(names.map((name) => [name, new Samples()]));
  for (let round = 0; round <= plan.rounds; round++) {
    for (const job of jobs) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const { pid, place } = ways[name];
        const before = processorMs(pid);
        const outcome = await generator.ask({ place, job });
        if ('error' in outcome) throw new Error(`Cannot measure ${name}: ${outcome.error}`);
        if (round > 0) samples.get(name)?.add(job.kind, outcome.result, processorMs(pid) - before);
      }
    }
  }
  return Object.fromEntries([...samples].map(([name, each]) => [name, each.figures()])) as Record<
    Name,
    Figures
  >;
}

class Samples {
  readonly #results = new Map<Job['kind'], number[]>();
  readonly #processor = new Map<Job['kind'], number>();

  add(kind: Job['kind'], result: number[], processor: number): void {
    this.#results.set(kind, [...this.#of(kind), ...result]);
    this.#processor.set(kind, (this.#processor.get(kind) ?? 0) + processor);
  }

  figures(): Figures {
    const mebibytes = bytes / 1024 / 1024;
    const perRequest = (kind: Job['kind']) => (this.#processor.get(kind) ?? 0) / this.#of(kind).length;
    return {
      keepAlive: median(this.#of('keepAlive')),
      newConnection: median(this.#of('newConnection')),
      workers: median(this.#of('workers')),
      download: mebibytes / median(this.#of('download')),
      upload: mebibytes / median(this.#of('upload')),
      keepAliveProcessor: perRequest('keepAlive'),
      newConnectionProcessor: perRequest('newConnection'),
    };
  }

  #of(kind: Job['kind']): number[] {
    return this.#results.get(kind) ?? [];
  }
}
