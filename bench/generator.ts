import * as requests from './requests.ts';

/** A measurement for the load generator. Bodies in bytes. */
export type Job =
  | { kind: 'keepAlive' | 'newConnection'; count: number }
  | { kind: 'workers'; count: number; seconds: number }
  | { kind: 'download' | 'upload'; bytes: number };

/** A job and where to do it. */
export interface Order {
  place: requests.Place;
  job: Job;
}

/** Milliseconds of each request, requests a second, or seconds of a body; or why there are none. */
export type Outcome = { result: number[] } | { error: string };

// A process of its own, and the same one for everyone who is measured: what it costs hits all alike.
process.on('message', ({ place, job }: Order) => {
  const tell = (outcome: Outcome) => process.send?.(outcome);
  run(place, job).then(
    (result) => tell({ result }),
    (error: unknown) => tell({ error: `${job.kind}: ${String(error)}` }),
  );
});
process.on('disconnect', () => process.exit());

async function run(place: requests.Place, job: Job): Promise<number[]> {
  switch (job.kind) {
    case 'keepAlive':
    case 'newConnection':
      return requests[job.kind](place, job.count);
    case 'workers':
      return [await requests.workers(place, job.count, job.seconds)];
    case 'download':
    case 'upload':
      return [await requests[job.kind](place, job.bytes)];
  }
}
