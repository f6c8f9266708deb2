import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ListeningSocket } from './sockettable.ts';

/** A process that holds a socket. */
export interface Owner {
  pid: number;
  process?: string;
  command?: string;
}

/**
 * Who holds `socket`; `undefined` where the system does not tell (a process of another user, seen without
 * administrator rights). Linux: the processes' open files; elsewhere `lsof`.
 */
export async function ownerOf(socket: ListeningSocket): Promise<Owner | undefined> {
  if (process.platform !== 'linux') return ownerFromLsof(socket.port);
  if (!socket.inode) return undefined;
  // Most often it is a process of ours, or a recent one: start at the end.
  for (const pid of (await processIds()).reverse()) {
    if ((await socketsHeldBy(pid)).has(socket.inode)) return describeProcess(pid);
  }
  return undefined;
}

/**
 * All processes that hold each of the sockets, the oldest first: a server and its workers share one. None for a
 * socket whose holders the system does not show.
 */
export async function holdersOf(
  sockets: readonly ListeningSocket[],
): Promise<Map<ListeningSocket, readonly number[]>> {
  if (process.platform !== 'linux') {
    const owners = await Promise.all(sockets.map(({ port }) => ownerFromLsof(port)));
    return new Map(sockets.map((socket, index) => [socket, owners[index] ? [owners[index].pid] : []]));
  }
  const held = new Map(sockets.map((socket) => [socket, [] as number[]]));
  if (sockets.length === 0) return held;
  for (const pid of await processIds()) {
    const own = await socketsHeldBy(pid);
    for (const [socket, pids] of held) if (own.has(socket.inode ?? '')) pids.push(pid);
  }
  return held;
}

async function processIds(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.sort((a, b) => a - b);
}

/** The inodes of a process's sockets (Linux); none when it has ended, or belongs to another user. */
export async function socketsHeldBy(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** What a process is called, and its command line. */
export async function describeProcess(pid: number): Promise<Owner> {
  if (process.platform !== 'linux') {
    const [name, command] = await Promise.all([psField(pid, 'comm'), psField(pid, 'command')]);
    return owner(pid, name.slice(name.lastIndexOf('/') + 1), command);
  }
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [name, commandLine] = await Promise.all([read('comm'), read('cmdline')]);
  return owner(pid, name.trim(), commandLine.split('\0').join(' ').trim());
}

async function psField(pid: number, field: string): Promise<string> {
  const { stdout } = await run('ps', ['-o', `${field}=`, '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim();
}

/** `lsof -F` prints one field a line, the first letter names it: `p` the process id. */
async function ownerFromLsof(port: number): Promise<Owner | undefined> {
  // Without lsof the owner is not known; nothing else depends on it.
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']).catch(() => ({
    stdout: '',
  }));
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : describeProcess(Number(pid));
}

function owner(pid: number, name: string, command: string): Owner {
  return { pid, ...(name && { process: name }), ...(command && { command }) };
}

const run = promisify(execFile);
