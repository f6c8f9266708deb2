import { open } from 'node:fs/promises';
import { release, type } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from './cluster/join.ts';
import type { PortPair } from './cluster/ports.ts';
import { serviceLinks } from './machine/services/servicelinks.ts';
import type { Exposure } from './machine/services/services.ts';
import type { Counted, Traffic } from './tunnel/counted.ts';
import { foldersOf } from './machine/volumes/memory.ts';
import { version } from './version.ts';

/** How many bytes and lines of the log's end are shown. */
const tailBytes = 64 * 1024;
const tailLines = 100;
/** How long the cluster may take to tell its version, in milliseconds. */
const clusterPatience = 2000;
/** How many warnings are kept. */
const mostWarnings = 20;
/** Values shorter than this are parts of ordinary words: they are not looked for in the log. */
const shortestSecret = 8;

/** What a session is doing; `lost`: its connection ended by itself. */
export type SessionState = 'starting' | 'waiting' | 'joined' | 'reconnecting' | 'lost' | 'leaving';

/** What a launch learns as it goes; diagnostics hold the objects themselves, so they tell what is now. */
export interface Facts {
  owner: string;
  target: string;
  namespace: string;
  context: string;
  /** The API server's address. */
  server: string;
  /** What was started, e.g. "the debugger (pwa-node)". */
  program: string;
  ports: readonly PortPair[];
  /** What the local process got over this machine's own variables; `null`: unset. */
  environment: Readonly<Record<string, string | null>>;
  exposure: Exposure;
  mounts: readonly { name: string; mountPath: string; folder: string }[];
  agents: readonly Agent[];
  /** The connections from the pods to the local process. */
  counted: Counted;
  /** Asks the API server for its version. */
  kubernetes: () => Promise<string>;
}

/** All that is known of a running session, to be read by people and safe to post where values are hidden. */
export interface Report {
  session: string;
  state: SessionState;
  since: string;
  owner?: string;
  target?: string;
  namespace?: string;
  context?: string;
  program?: string;
  versions: { 'localprocess-k8s': string; node: string; system: string; kubernetes: string };
  ports: { local: number; remote: number }[];
  /** Names and values; a hidden value is a mark with its length. */
  variables: Record<string, string | null>;
  /** The names that lead to the cluster's services here. */
  names: { address: string; hostnames: string[] }[];
  listeners: {
    service: string;
    namespace: string;
    address: string;
    ports: { port: number; local: number }[];
    traffic: Traffic;
  }[];
  /** From the pods to the local process. */
  traffic: Traffic;
  /** From this machine to the cluster's services, all together. */
  reached: Traffic;
  /** What went less well than it should have, the last of it. */
  warnings: { at: string; text: string }[];
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

/** How a session is, in short. */
export type Summary = Pick<
  Report,
  'session' | 'state' | 'target' | 'namespace' | 'context' | 'traffic' | 'reached' | 'warnings'
>;

const noTraffic: Traffic = { open: 0, total: 0, received: 0, sent: 0 };

/** What one session knows about itself. */
export class Diagnostics {
  readonly #session: { session: string; since: string; log: string };
  #facts: Partial<Facts> = {};
  #stage: Exclude<SessionState, 'reconnecting'> = 'starting';
  #warnings: Report['warnings'] = [];
  /** The API server's version, once it has told it: it is asked for often, and stays the same. */
  #kubernetes: string | undefined;

  constructor(session: { session: string; since: string; log: string }) {
    this.#session = session;
  }

  /** Adds what has become known. */
  note(facts: Partial<Facts>): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** The user is warned of something. */
  warn(text: string): void {
    this.#warnings = [...this.#warnings, { at: new Date().toISOString(), text }].slice(-mostWarnings);
  }

  /** A stage begins. */
  enter(stage: 'waiting' | 'joined' | 'lost' | 'leaving'): void {
    // What ends late, as a join may, does not turn the story back.
    if (this.#stage === 'leaving' || (this.#stage === 'lost' && stage !== 'leaving')) return;
    this.#stage = stage;
  }

  get state(): SessionState {
    const cut = this.#facts.agents?.some(({ tunnel }) => tunnel.state === 'lost') ?? false;
    return cut && this.#stage !== 'leaving' && this.#stage !== 'lost' ? 'reconnecting' : this.#stage;
  }

  /** How the session is at present. */
  summary(): Summary {
    const { target, namespace, context, counted, exposure } = this.#facts;
    return {
      session: this.#session.session,
      state: this.state,
      ...defined({ target, namespace, context }),
      traffic: counted?.traffic ?? noTraffic,
      reached: (exposure?.services ?? []).map((service) => service.traffic).reduce(sum, noTraffic),
      warnings: this.#warnings,
    };
  }

  /** The variables as the local process got them; `undefined` before that. They hold secrets. */
  get environment(): Readonly<Record<string, string | null>> | undefined {
    return this.#facts.environment;
  }

  /** The API server's address, once it is known. */
  get server(): string | undefined {
    return this.#facts.server;
  }

  /**
   * The names of variables that name something of the session itself, a listener or its folder: they lead nowhere
   * when it has ended.
   */
  namesOfTheSession(): string[] {
    const links = (this.#facts.exposure?.services ?? []).flatMap((each) =>
      Object.entries(serviceLinks(each)),
    );
    const folders = foldersOf(this.#session.session);
    const own = new Set(links.map((pair) => pair.join('=')));
    return Object.entries(this.#facts.environment ?? {})
      .filter(
        ([name, value]) => own.has(`${name}=${value}`) || folders.some((folder) => value?.includes(folder)),
      )
      .map(([name]) => name);
  }

  /** Everything. Without `showSecrets` no value of a variable is in it, nor in the log's lines. */
  async report({ showSecrets }: { showSecrets: boolean }): Promise<Report> {
    const { owner, program, ...facts } = this.#facts;
    const { since, log } = this.#session;
    const environment = facts.environment ?? {};
    return {
      ...this.summary(),
      since,
      ...defined({ owner, program }),
      versions: {
        'localprocess-k8s': version,
        node: process.version,
        system: `${type()} ${release()} ${process.arch}`,
        kubernetes: await this.#kubernetesVersion(),
      },
      ports: (facts.ports ?? []).map(({ local, remote }) => ({ local, remote })),
      variables: showSecrets ? { ...environment } : hidden(environment),
      names: [...(facts.exposure?.entries ?? [])],
      listeners: (facts.exposure?.services ?? []).map((service) => ({
        service: service.name,
        namespace: service.namespace,
        address: service.address,
        ports: service.ports.map(({ port, local }) => ({ port, local })),
        traffic: service.traffic,
      })),
      volumes: (facts.mounts ?? []).map(({ name, mountPath, folder }) => ({ name, mountPath, folder })),
      agents: (facts.agents ?? []).map(({ name, tunnel }) => ({
        pod: name,
        tunnel: tunnel.state,
        roundTripMs: Math.round(tunnel.rttMs * 100) / 100,
        connections: { ...tunnel.counters },
      })),
      log: { path: log, tail: withoutValues(await tail(log), showSecrets ? {} : environment) },
    };
  }

  async #kubernetesVersion(): Promise<string> {
    if (this.#kubernetes !== undefined) return this.#kubernetes;
    const late = delay(clusterPatience, 'unknown (no answer)', { ref: false });
    const asked = this.#facts.kubernetes?.().then((told) => (this.#kubernetes = told));
    return Promise.race([asked?.catch(() => 'unknown (unreachable)') ?? 'unknown', late]);
  }
}

function sum(one: Traffic, other: Traffic): Traffic {
  return {
    open: one.open + other.open,
    total: one.total + other.total,
    received: one.received + other.received,
    sent: one.sent + other.sent,
  };
}

/** What stands for a value that is not shown. */
export function hiddenValue(value: string): string {
  return `<hidden: ${value.length} ${value.length === 1 ? 'character' : 'characters'}>`;
}

function hidden(environment: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === null ? null : hiddenValue(value)]),
  );
}

/** The log has no values by rule; lines that somebody posts are looked through all the same. */
function withoutValues(
  lines: readonly string[],
  environment: Readonly<Record<string, string | null>>,
): string[] {
  const values = Object.values(environment).flatMap((value) => value?.split('\n') ?? []);
  const secret = values.filter((value) => value.length >= shortestSecret);
  return lines.map((line) => secret.reduce((text, value) => text.replaceAll(value, '<hidden>'), line));
}

/** The last lines of a file; none when it cannot be read: a log is no condition of a session. */
async function tail(path: string): Promise<string[]> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return lines.slice(0, -1).slice(-tailLines);
  } catch {
    return [];
  }
}

function defined<T extends object>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // Only what is undefined was left out.
  return Object.fromEntries(entries) as { [Key in keyof T]?: NonNullable<T[Key]> };
}
