// What the tests on a real cluster stand on.
export { kubeconfig, kubectl } from './kubectl.ts';
export { Namespace, type Listed } from './namespace.ts';
export { InsidePod, type Reply, type RequestOptions } from './insidePod.ts';
export { Load, type LoadRecord } from './load.ts';
export type { InsideProcess } from './insideProcess.ts';
export { expectUnchanged, snapshot, stateOf, type Snapshot } from './snapshot.ts';
export { processes } from './processes.ts';
