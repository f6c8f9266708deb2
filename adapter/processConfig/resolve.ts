import type { Node } from 'yaml';
import { matches } from '../globs.ts';
import { didYouMean } from '../nearest.ts';
import { tokensOf, type ProcessConfiguration } from './read.ts';
import type { Token } from './tokens.ts';

/** What the cluster has under a name: enough to say whether a token is right. */
export interface KnownService {
  /** Something other than a service: it has no token. */
  kind?: string | undefined;
  name: string;
  namespace: string;
  ports: readonly { port: number }[];
}

/** A service, or a host beyond the cluster, as it is reached from here. */
export interface ReachedService extends KnownService {
  address: string;
  /** None where only the address and ports lead there. */
  hostnames: readonly string[];
  ports: readonly { port: number; local: number }[];
}

/** A volume of the container: by its name in the pod's specification. */
export interface KnownVolume {
  volume: string;
}

/** What the file asks for: in the launch arguments' own words, for `services` and `externalEndpoints`. */
export function askedFor(configuration: ProcessConfiguration): {
  services: string[];
  externalEndpoints: string[];
} {
  const tokens = tokensOf(configuration).map(({ token }) => token);
  return {
    services: tokens.flatMap((token) =>
      token.kind !== 'service'
        ? []
        : [token.namespace === undefined ? token.name : `${token.namespace}/${token.name}`],
    ),
    externalEndpoints: tokens.flatMap((token) =>
      token.kind === 'endpoint' ? [`${token.host}:${token.ports.join(',')}`] : [],
    ),
  };
}

/** Fails with `configuration-file-invalid` for the first volume that the container does not have. */
export function checkVolumes(configuration: ProcessConfiguration, volumes: readonly KnownVolume[]): void {
  for (const { token, node } of tokensOf(configuration))
    if (token.kind === 'volume')
      findVolume(configuration, { name: token.name, text: token.text, node }, volumes);
  for (const { name, node } of configuration.volumeMounts)
    findVolume(configuration, { name, text: name, node }, volumes);
}

/** Fails with `configuration-file-invalid` for the first service or port that is not there. */
export function checkServices(
  configuration: ProcessConfiguration,
  services: readonly KnownService[],
  homeNamespace: string,
): void {
  for (const { token, node } of tokensOf(configuration))
    if (token.kind === 'service') findService(configuration, { token, node }, { services, homeNamespace });
}

/** The variables that the file sets, its tokens replaced. `volumes`: where the copies are. */
export function resolveVariables(
  configuration: ProcessConfiguration | undefined,
  here: {
    services: readonly ReachedService[];
    volumes: readonly (KnownVolume & { folder: string })[];
    homeNamespace: string;
  },
): Record<string, string> {
  if (configuration === undefined) return {};
  const valueOf = (token: Token, node: Node): string => {
    switch (token.kind) {
      case 'service':
        return addressOf(findService(configuration, { token, node }, here), token.ports);
      case 'volume':
        return findVolume(configuration, { ...token, node }, here.volumes).folder;
      case 'endpoint': {
        const host = token.host.toLowerCase();
        const found = here.services.find(({ kind, name }) => kind === 'endpoint' && name === host);
        // By its name where that leads here, else by where it is listened to.
        return found === undefined || found.hostnames.length > 0 ? token.host : addressOf(found, token.ports);
      }
    }
  };
  return Object.fromEntries(
    configuration.env.map(({ name, parts, node }) => [
      name,
      parts.map((part) => (part.kind === 'text' ? part.text : valueOf(part, node))).join(''),
    ]),
  );
}

/** The address where each service has its own; else address and port of each port, since these differ. */
function addressOf({ address, hostnames, ports }: ReachedService, wanted: readonly number[]): string {
  if (hostnames.length > 0) return address;
  const chosen = wanted.length === 0 ? ports : ports.filter(({ port }) => wanted.includes(port));
  return chosen.map(({ local }) => `${address}:${local}`).join(',');
}

function findService<Service extends KnownService>(
  { file }: ProcessConfiguration,
  { token, node }: { token: Token & { kind: 'service' }; node: Node },
  { services, homeNamespace }: { services: readonly Service[]; homeNamespace: string },
): Service {
  const namespace = token.namespace ?? homeNamespace;
  const near = services.filter((service) => service.kind === undefined && service.namespace === namespace);
  const found = near.find(({ name }) => name === token.name);
  const at = file.within(node, token.text);
  if (found === undefined) {
    const names = near.map(({ name }) => name);
    throw file.fault(
      at,
      `There is no service "${token.name}" in the namespace "${namespace}"${didYouMean(token.name, names)}`,
    );
  }
  const missing = token.ports.find((wanted) => !found.ports.some(({ port }) => port === wanted));
  if (missing === undefined) return found;
  const ports = found.ports.map(({ port }) => port).join(', ');
  throw file.fault(at, `The service "${token.name}" has no TCP port ${missing}; it has ${ports || 'none'}.`);
}

/** The volume that a name or pattern means; fails with `configuration-file-invalid`. */
export function findVolume<Volume extends KnownVolume>(
  { file }: ProcessConfiguration,
  { name, text, node }: { name: string; text: string; node: Node },
  volumes: readonly Volume[],
): Volume {
  // As Bridge to Kubernetes does it: the very name, else the first that the pattern means.
  const found =
    volumes.find(({ volume }) => volume === name) ?? volumes.find(({ volume }) => matches(volume, [name]));
  if (found !== undefined) return found;
  const names = [...new Set(volumes.map(({ volume }) => volume))];
  throw file.fault(
    file.within(node, text),
    `The container has no volume "${name}"${didYouMean(name, names)}`,
  );
}
