import { isAbsolute, normalize } from 'node:path';
import { isServiceAddress } from '../services/addresses.ts';
import { isMappableName } from '../services/hostnames.ts';
import type { HostsEntry } from '../hosts/hostsblock.ts';
import type { Occupant } from '../processes/occupants.ts';
import type { Redirect } from './redirects.ts';
import type { Relay } from './relays.ts';

/** What the helper can be asked for: nothing else. */
export type Request =
  /** Write the session's block of the hosts file; no entries: undo everything. */
  | { operation: 'hosts'; entries: HostsEntry[] }
  /** Listen on a port below 1024 of a loopback address, and hand the listener over. */
  | { operation: 'listen'; address: string; port: number }
  /** Listen on a port below 1024 of a service's address, and pass connections on to another port of it, from 1024 up. */
  | ({ operation: 'relay' } & Relay)
  /** Give these services' addresses to the loopback interface, beside those asked for before. */
  | { operation: 'aliases'; addresses: string[] }
  /** Send connections to ports of services' addresses to other ports of the same address; replaces what was asked before. */
  | { operation: 'redirect'; redirects: Redirect[] }
  /** Remove these folders of the session, should the channel break; replaces what was asked before. */
  | { operation: 'folders'; folders: string[] }
  /** Say who listens on these ports. */
  | { operation: 'occupants'; ports: number[] }
  /** End that process, if it listens on one of these ports; or stop its service, which would start it again. */
  | { operation: 'end'; ports: number[]; pid: number; started: string; withService: boolean }
  /** Undo everything and end. */
  | { operation: 'close' };

export type NumberedRequest = Request & { id: number };

/** What the helper says: that it is there, and one answer for every request. */
export type Reply =
  | { ready: true }
  /** Comes with the listener; the answer follows when the helper has closed its own end of it. */
  | { id: number; handed: true }
  | { id: number; ok: true; occupants?: Occupant[] }
  | { id: number; ok: false; message: string; code?: string };

const mostEntries = 10_000;
const mostRedirects = 10_000;
const mostFolders = 10;
const mostPorts = 1000;

/** Checks what came over the channel, as if nobody on the other side had. Throws an error naming the fault. */
export function parseRequest(message: unknown): NumberedRequest {
  const request = fieldsOf(message);
  const { operation } = request;
  const id = numberOf(message);
  if (operation === 'close') return { id, operation };
  if (operation === 'listen') {
    const { address, port } = request;
    if (!isServiceLoopback(address))
      throw new Error(`Cannot listen on ${quoted(address)}: only on 127.0.0.0/8.`);
    if (!isInteger(port, 1, 1023)) throw new Error(`Cannot listen on port ${quoted(port)}: only below 1024.`);
    return { id, operation, address, port };
  }
  if (operation === 'relay') return { id, operation, ...parseRelay(fieldsOf(message)) };
  if (operation === 'aliases') return { id, operation, addresses: parseAddresses(request.addresses) };
  if (operation === 'hosts') return { id, operation, entries: parseEntries(request.entries) };
  if (operation === 'folders') return { id, operation, folders: parseFolders(request.folders) };
  if (operation === 'redirect') return { id, operation, redirects: parseRedirects(request.redirects) };
  if (operation === 'occupants') return { id, operation, ports: parsePorts(request.ports) };
  if (operation === 'end') {
    const { pid, started, withService } = request;
    // Not 0 and not negative: those are whole groups of processes.
    if (!isInteger(pid, 2, 2 ** 31) || typeof started !== 'string')
      throw new Error(`Cannot end ${quoted(pid)}: not a process.`);
    return {
      id,
      operation,
      ports: parsePorts(request.ports),
      pid,
      started,
      withService: withService === true,
    };
  }
  throw new Error(`Cannot do ${quoted(operation)}: no such operation.`);
}

/** The number of a request, also of one that makes no sense otherwise: its refusal has to be met with it. */
export function numberOf(message: unknown): number {
  const { id } = fieldsOf(message);
  return typeof id === 'number' ? id : -1;
}

function parseEntries(entries: unknown): HostsEntry[] {
  if (!Array.isArray(entries) || entries.length > mostEntries) {
    throw new Error(`Cannot write to the hosts file: ${mostEntries} entries at most.`);
  }
  return entries.map((entry: unknown) => {
    const { address, hostnames } = fieldsOf(entry);
    if (!isServiceLoopback(address) || !isServiceAddress(address))
      throw new Error(`Cannot map names to ${quoted(address)}: only to services' addresses.`);
    if (!Array.isArray(hostnames) || hostnames.length === 0)
      throw new Error(`Cannot map no name to "${address}".`);
    return { address, hostnames: hostnames.map(parseName) };
  });
}

function parseName(name: unknown): string {
  if (typeof name === 'string' && isMappableName(name)) return name;
  throw new Error(`Cannot map ${quoted(name)}: not a host name, or one of this machine's own.`);
}

function parseRedirects(redirects: unknown): Redirect[] {
  if (!Array.isArray(redirects) || redirects.length > mostRedirects)
    throw new Error(`Cannot redirect ports: ${mostRedirects} at most.`);
  return redirects.map((redirect: unknown) => {
    const { address, port, to } = fieldsOf(redirect);
    if (!isServiceLoopback(address) || !isServiceAddress(address))
      throw new Error(`Cannot redirect ports of ${quoted(address)}: only of services' addresses.`);
    if (!isInteger(port, 1, 65535) || !isInteger(to, 1, 65535))
      throw new Error(`Cannot redirect port ${quoted(port)} to ${quoted(to)}: not ports.`);
    return { address, port, to };
  });
}

function parseRelay({ address, port, to }: Record<string, unknown>): Relay {
  if (!isServiceLoopback(address) || !isServiceAddress(address))
    throw new Error(`Cannot relay a port of ${quoted(address)}: only of services' addresses.`);
  if (!isInteger(port, 1, 1023) || !isInteger(to, 1024, 65535))
    throw new Error(`Cannot relay port ${quoted(port)} to ${quoted(to)}: only from below 1024 to above.`);
  return { address, port, to };
}

function parseAddresses(addresses: unknown): string[] {
  if (!Array.isArray(addresses) || addresses.length > mostEntries)
    throw new Error(`Cannot add addresses: ${mostEntries} at most.`);
  return addresses.map((address: unknown) => {
    if (!isServiceLoopback(address) || !isServiceAddress(address))
      throw new Error(`Cannot add the address ${quoted(address)}: only services' addresses.`);
    return address;
  });
}

function parseFolders(folders: unknown): string[] {
  if (!Array.isArray(folders) || folders.length > mostFolders)
    throw new Error(`Cannot remove folders: ${mostFolders} at most.`);
  return folders.map((folder: unknown) => {
    if (typeof folder !== 'string' || !isAbsolute(folder) || normalize(folder) !== folder)
      throw new Error(`Cannot remove ${quoted(folder)}: not the path of a folder.`);
    return folder;
  });
}

function parsePorts(ports: unknown): number[] {
  if (Array.isArray(ports) && ports.length <= mostPorts && ports.every((port) => isInteger(port, 1, 65535)))
    return ports;
  throw new Error(`Cannot look at the ports ${quoted(ports)}: not ports.`);
}

/**
 * A session's name, as it may stand in a mark of the hosts file and, behind six characters more, be the name
 * of a chain of iptables, which has 28 at most.
 */
export function isSessionName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,21}$/.test(name);
}

/** 127.x.y.z in plain notation; 127.0.0.1 belongs to this machine's own processes. */
function isServiceLoopback(address: unknown): address is string {
  if (typeof address !== 'string' || address === '127.0.0.1') return false;
  const parts = address.split('.');
  return (
    parts.length === 4 &&
    parts[0] === '127' &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  );
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function quoted(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
