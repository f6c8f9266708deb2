import { timingSafeEqual, createHash } from 'node:crypto';
import type { Http2Session, SessionOptions } from 'node:http2';

/** What the agent is started with, as base64 JSON in the last argument of its command line. */
export interface AgentConfig {
  /** SHA-256 of the session's token, in hex: the pod's specification never holds the token itself. */
  tokenSha256: string;
  /** Loopback port of the control connections. */
  controlPort: number;
  /** Port that accepts once traffic may come; the kubelet's readiness probe asks it. */
  readinessPort: number;
  /** The container's TCP ports to take over. */
  ports: number[];
  /** How long the agent stays without hearing from anybody, in seconds. */
  restoreAfterSeconds: number;
  /** How long connections in use may last after the pod was told to end, in seconds. */
  drainSeconds: number;
  /** How long a connection waits for the local process while nobody is connected, in seconds. */
  holdSeconds: number;
  /** Exit code when nobody was heard for `restoreAfterSeconds`. */
  exitCode: number;
}

/**
 * Which way connections are opened on a control connection: outward, towards the cluster, the adapter is the
 * HTTP/2 client; inward, towards the local process, the agent is.
 */
export type Role = 'outward' | 'inward';

const version = 1;

/** A preface longer than this is refused, in bytes. */
export const longestPreface = 4096;

/** The line a control connection begins with; the bytes after it are HTTP/2. */
export function preface(role: Role, token: string): string {
  return `${JSON.stringify({ protocol: version, role, token })}\n`;
}

/** Why the agent refused a control connection for good, as its GOAWAY says it. */
export const refusals = {
  token: 'the token is not the one this agent was started with',
  protocol: 'the agent speaks another version of the protocol',
  replaced: 'another process has taken the agent over',
} as const;

export type Refusal = keyof typeof refusals;

/** Reads a preface line. Throws on text that is none: whoever sent it is not an adapter. */
export function readPreface(line: string, tokenSha256: string): { role: Role; refusal?: Refusal } {
  const { protocol, role, token } = JSON.parse(line) as Record<string, unknown>;
  if (role !== 'outward' && role !== 'inward') throw new Error('Cannot read the preface: no role.');
  if (protocol !== version) return { role, refusal: 'protocol' };
  const hash = createHash('sha256').update(String(token)).digest();
  const expected = Buffer.from(tokenSha256, 'hex');
  if (hash.length !== expected.length || !timingSafeEqual(hash, expected)) return { role, refusal: 'token' };
  return { role };
}

/**
 * The bytes that refuse a control connection: an empty SETTINGS and a GOAWAY with the reason (RFC 9113
 * 6.5, 6.8). Written by hand, so that no HTTP/2 session is made for a peer without the token.
 */
export function refusal(role: Role, reason: Refusal): Buffer {
  const goaway = Buffer.from('000000070000000000' + '000000000000000c', 'hex');
  const text = Buffer.from(reason);
  goaway.writeUIntBE(8 + text.length, 0, 3);
  // Inward the agent is the client, and a client begins with the connection preface (RFC 9113 3.4).
  const magic = Buffer.from(role === 'inward' ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' : '');
  return Buffer.concat([magic, Buffer.from('000000040000000000', 'hex'), goaway, text]);
}

/** What the agent sees of its pod. */
export interface PodSight {
  /** The environment variables. They hold secrets: never to be logged. */
  environment: Record<string, string | undefined>;
  /** The domains in which short names are looked up, as the pod's resolv.conf has them. */
  searches: string[];
}

/** Streams' headers of our own. */
export const headers = {
  /** The system's code of a failed dial: ECONNREFUSED, ENOTFOUND, … */
  error: 'x-error',
  /** Who opened the redirected connection, `address:port`, for display only. */
  peer: 'x-peer',
} as const;

const mebibyte = 1024 * 1024;

/** Flow control of a whole session. A stream's window bounds what a stalled reader keeps in memory. */
const sessionWindow = 64 * mebibyte;

/** What both ends give to node:http2. */
export const sessionOptions = {
  settings: {
    enablePush: false,
    maxFrameSize: 256 * 1024,
    initialWindowSize: 16 * mebibyte,
    maxConcurrentStreams: 2 ** 31 - 1,
  },
  // In units of a megabyte. Node's 10 would refuse streams as soon as one reader is slow.
  maxSessionMemory: 16 * 1024,
  // A stream that was reset may still receive frames; they are no attack.
  maxSessionInvalidFrames: 2 ** 31 - 1,
  maxSessionRejectedStreams: 2 ** 31 - 1,
  peerMaxConcurrentStreams: 2 ** 31 - 1,
} satisfies SessionOptions & { maxSessionInvalidFrames: number; maxSessionRejectedStreams: number };

/** Opens the session's own window; the default of 64 KiB would throttle every stream. */
export function widen(session: Http2Session): void {
  session.setLocalWindowSize(sessionWindow);
}

/** Seconds between two PINGs, and seconds without an answer after which a session is dead. */
export const pingSeconds = 10;
export const deadSeconds = 30;
