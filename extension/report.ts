/** What a session's adapter answers to `localprocess-k8s.diagnostics`; values of variables are marks unless asked for. */
export interface Report extends State {
  since: string;
  owner?: string;
  /** What was started, e.g. "the debugger (pwa-node)". */
  program?: string;
  versions: Record<string, string>;
  ports: { local: number; remote: number }[];
  /** `null`: unset. */
  variables: Record<string, string | null>;
  /** The names that lead to the cluster's services here. */
  names: { address: string; hostnames: string[] }[];
  listeners: Listener[];
  volumes: { name: string; mountPath: string; folder: string }[];
  agents: {
    pod: string;
    tunnel: string;
    roundTripMs: number;
    /** From the pod to this machine (inward) and the other way; at present, and ever made. */
    connections: { inward: number; outward: number; inwardTotal: number; outwardTotal: number };
  }[];
  log: { path: string; tail: string[] };
}

/** How a session is, as the adapter tells it (`localprocess-k8s.state`). */
export interface State {
  session: string;
  state: 'starting' | 'waiting' | 'joined' | 'reconnecting' | 'lost' | 'leaving';
  target?: string;
  namespace?: string;
  context?: string;
  /** From the pods to the local process. */
  traffic: Traffic;
  /** From this machine to the cluster's services, all together. */
  reached: Traffic;
  /** What went less well than it should have, the last of it. */
  warnings: { at: string; text: string }[];
}

/** A service that is reached from this machine: each port of it at `address` and `local`. */
export interface Listener {
  service: string;
  namespace: string;
  address: string;
  ports: { port: number; local: number }[];
  traffic: Traffic;
}

/** Connections at present and ever, bytes from the cluster and to it. */
export interface Traffic {
  open: number;
  total: number;
  received: number;
  sent: number;
}

/** What each state means to who looks at it. */
export const states: Record<State['state'], string> = {
  starting: 'starting',
  waiting: 'waiting for the local process to listen',
  joined: 'serving',
  reconnecting: 'reconnecting to the cluster',
  lost: 'lost the connection to the cluster',
  leaving: 'giving the traffic back',
};
