import type net from 'node:net';
import type { Connections } from './listening.ts';

/** What is placed on this machine: a port of a service, and what happens to connections to it. */
export interface Wanted {
  address: string;
  /** The service's own port. */
  port: number;
  /** For messages, e.g. `redis:6379`. */
  label: string;
  /** How many ports the service had before this one. */
  slot: number;
  /** `redirected`: connections are made to `port`, and arrive at another. */
  connections: (redirected?: boolean) => Connections;
}

export interface Placed {
  server: net.Server;
  /** Where this machine's programs reach it. */
  local: number;
}

/** One of the ways in which services get addresses and ports here. */
export interface Placing {
  addresses(count: number): Promise<string[]>;
  /** Listens for a port; `undefined`: left out, as `publish` says. Rejects with LaunchError `listen-failed`. */
  listen(wanted: Wanted): Promise<Placed | undefined>;
  /** Makes known what is there now, all of it. One caller at a time. */
  publish(ports: readonly PlacedPort[]): Promise<void>;
}

/** A port that somebody listens on: what connections to `address`:`port` have to arrive at. */
export interface PlacedPort {
  address: string;
  port: number;
  server: net.Server;
}
