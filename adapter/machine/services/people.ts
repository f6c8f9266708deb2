import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

/** Accounts below are the system's own (UID_MIN of login.defs(5) in every distribution); 65534 is nobody. */
const firstPerson = 1000;
const nobody = 65534;

let known: { forks: string; others: boolean } | undefined;

/**
 * Whether a process of another person runs on this machine (Linux): only then can one connect. The processes
 * are looked through again when a new one has been started since; otherwise this takes about 0.02 ms.
 * Services of the system under accounts of their own are not people, and containers, each with a network of its
 * own, do not reach our loopback addresses: a cluster on this very machine is full of both.
 * True where it cannot be told.
 */
export function othersAreHere(): boolean {
  try {
    // The id given to the latest process ends the line, see proc_loadavg(5).
    const forks = readFileSync('/proc/loadavg', 'latin1').split(' ').at(-1) ?? '';
    if (known?.forks !== forks) known = { forks, others: anyProcessOfOthers() };
    return known.others;
  } catch {
    return true;
  }
}

function anyProcessOfOthers(): boolean {
  const self = process.getuid?.();
  // Mounted with hidepid, /proc shows no other user's processes: see proc(5).
  if (!existsSync('/proc/1')) return true;
  return readdirSync('/proc').some((name) => {
    if (!/^\d/.test(name)) return false;
    const uid = statSync(`/proc/${name}`, { throwIfNoEntry: false })?.uid ?? 0;
    if (uid < firstPerson || uid === nobody || uid === self) return false;
    const theirs = network(name);
    return theirs !== undefined && theirs === network('self');
  });
}

/**
 * What tells the network of a process from others: the number of a file that every network namespace has one of
 * (kernel, fs/proc/proc_net.c). The plainer `/proc/PID/ns/net` is not for other people's eyes. `undefined`: it
 * has ended.
 */
function network(process: string): number | undefined {
  return statSync(`/proc/${process}/net/dev`, { throwIfNoEntry: false })?.ino;
}
