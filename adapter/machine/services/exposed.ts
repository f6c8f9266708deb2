import type net from 'node:net';
import { Counted } from '../../tunnel/counted.ts';
import type { HostsEntry } from '../hosts/hostsblock.ts';
import type { Listeners } from './listeners.ts';
import type { Placing } from './placing.ts';
import type { ClusterService, ReachedService } from './services.ts';

/** A service with its listeners. */
interface Exposed {
  service: ClusterService;
  /** What connections are made to: changes with the service. */
  target: { host: string };
  address: string;
  hostnames: string[];
  counted: Counted;
  ports: { name?: string; port: number; local: number; server: net.Server }[];
  /** How many ports it ever had. */
  slots: number;
}

export interface ExposedOptions {
  listeners: Listeners;
  placing: Placing;
  /** The names of each service, in their order. */
  name: (services: readonly ClusterService[]) => Promise<string[][]>;
  writeNames: (entries: HostsEntry[]) => Promise<void>;
  signal: AbortSignal;
}

/** No names, as they are written down. */
const none = '[]';

/** The services that this machine reaches, made to be what the cluster has. */
export class ExposedServices {
  readonly #options: ExposedOptions;
  #exposed = new Map<string, Exposed>();
  #written = none;

  constructor(options: ExposedOptions) {
    this.#options = options;
  }

  get services(): ReachedService[] {
    return this.#reachable().map(({ service, address, hostnames, counted, ports }) => ({
      ...(service.kind && { kind: service.kind }),
      name: service.name,
      namespace: service.namespace,
      address,
      hostnames,
      ports: ports.map(({ server: _server, ...port }) => port),
      traffic: counted.traffic,
    }));
  }

  /** What the hosts file maps. */
  get entries(): HostsEntry[] {
    return this.#reachable()
      .filter(({ hostnames }) => hostnames.length > 0)
      .map(({ address, hostnames }) => ({ address, hostnames }));
  }

  /**
   * Makes `services` those that are reached: listeners come and go with them and their ports, and the names are
   * written once for all. Open connections of a service that has gone stay until they end. One caller at a time.
   */
  async update(services: readonly ClusterService[]): Promise<void> {
    const names = this.#options.name(services);
    // Its failure is met below.
    names.catch(() => undefined);
    const before = this.#exposed;
    this.#exposed = await this.#entriesFor(services);
    for (const [key, { ports }] of before) if (!this.#exposed.has(key)) this.#release(ports);
    await Promise.all([...this.#exposed.values()].map((exposed) => this.#placePorts(exposed)));
    for (const [index, hostnames] of (await names).entries()) {
      const exposed = this.#exposed.get(keyOf(services[index]));
      if (exposed !== undefined) exposed.hostnames = hostnames;
    }
    // Names first: where they are found after a crash, redirects may be left. Later ones are to lead somewhere at once.
    const steps = [() => this.#writeNames(), () => this.#publish()];
    for (const step of this.#written === none ? steps : steps.reverse()) {
      this.#options.signal.throwIfAborted();
      await step();
    }
  }

  async #writeNames(): Promise<void> {
    const { entries } = this;
    const text = JSON.stringify(entries);
    if (text === this.#written) return;
    await this.#options.writeNames(entries);
    this.#written = text;
  }

  #publish(): Promise<void> {
    const ports = [...this.#exposed.values()].flatMap(({ address, ports: placed }) =>
      placed.map(({ port, server }) => ({ address, port, server })),
    );
    return this.#options.placing.publish(ports);
  }

  /** Stops listening for all of them. */
  async release(): Promise<void> {
    const servers = [...this.#exposed.values()].flatMap(({ ports }) => ports.map(({ server }) => server));
    this.#exposed.clear();
    await this.#options.listeners.release(servers);
  }

  #reachable(): Exposed[] {
    return [...this.#exposed.values()].filter(({ ports }) => ports.length > 0);
  }

  async #entriesFor(services: readonly ClusterService[]): Promise<Map<string, Exposed>> {
    const added = services.filter((service) => !this.#exposed.has(keyOf(service)));
    const addresses = added.length > 0 ? await this.#options.placing.addresses(added.length) : [];
    return new Map(
      services.map((service) => {
        const known = this.#exposed.get(keyOf(service));
        if (known === undefined) {
          const address = addresses.shift() ?? '';
          const fresh = {
            service,
            target: { host: service.host },
            address,
            hostnames: [],
            counted: new Counted(),
            ports: [],
            slots: 0,
          };
          return [keyOf(service), fresh];
        }
        known.service = service;
        known.target.host = service.host;
        return [keyOf(service), known];
      }),
    );
  }

  async #placePorts(exposed: Exposed): Promise<void> {
    const { listeners, placing } = this.#options;
    const { service, target, address, counted } = exposed;
    this.#release(exposed.ports.filter(({ port }) => !service.ports.some((each) => each.port === port)));
    const ports = service.ports.map(async (wanted) => {
      const { port } = wanted;
      const known = exposed.ports.find((each) => each.port === port);
      if (known !== undefined) return [{ ...wanted, local: known.local, server: known.server }];
      const placed = await placing.listen({
        address,
        port,
        label: `${service.name}:${port}`,
        slot: exposed.slots++,
        connections: (redirected) => listeners.connectionsTo(target, port, { redirected, counted }),
      });
      return placed === undefined ? [] : [{ ...wanted, ...placed }];
    });
    exposed.ports = (await Promise.all(ports)).flat();
  }

  #release(ports: readonly { server: net.Server }[]): void {
    // It takes until the last connection has ended: nobody waits for that.
    void this.#options.listeners.release(ports.map(({ server }) => server));
  }
}

function keyOf(service: ClusterService | undefined): string {
  return `${service?.namespace ?? ''}/${service?.name ?? ''}`;
}
