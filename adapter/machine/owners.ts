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
  return process.platform === 'linux' ? ownerOfInode(socket.inode) : ownerFromLsof(socket.port);
}

async function ownerOfInode(inode: string | undefined): Promise<Owner | undefined> {
  if (!inode) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  // Most often it is a process of ours, or a recent one: start at the end.
  for (const pid of pids.sort((a, b) => b - a)) {
    if (await holds(pid, inode)) return describe(pid);
  }
  return undefined;
}

async function holds(pid: number, inode: string): Promise<boolean> {
  try {
    const folder = `/proc/${pid}/fd`;
    const links = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
    return (await Promise.all(links)).includes(`socket:[${inode}]`);
  } catch {
    // The process has ended meanwhile, or belongs to another user.
    return false;
  }
}

async function describe(pid: number): Promise<Owner> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [name, commandLine] = await Promise.all([read('comm'), read('cmdline')]);
  return owner(pid, name.trim(), commandLine.split('\0').join(' ').trim());
}

/** `lsof -F` prints one field a line, the first letter names it: `p` the process id, `c` its name. */
async function ownerFromLsof(port: number): Promise<Owner | undefined> {
  try {
    const run = promisify(execFile);
    const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
    const pid = /^p(\d+)/m.exec(stdout)?.[1];
    if (!pid) return undefined;
    const command = await run('ps', ['-o', 'command=', '-p', pid]);
    return owner(Number(pid), /^c(.*)/m.exec(stdout)?.[1] ?? '', command.stdout.trim());
  } catch {
    // Without lsof the owner is not known; nothing else depends on it.
    return undefined;
  }
}

function owner(pid: number, name: string, command: string): Owner {
  return { pid, ...(name && { process: name }), ...(command && { command }) };
}
