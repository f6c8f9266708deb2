import { spawn, type ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { InheritedChannel, type Channel } from './channel.ts';
import { HelperDoor } from './door.ts';

/** How long a helper may take to come once the user has agreed, in milliseconds: nothing announces that it failed. */
const patience = 30_000;

interface Opening {
  session: string;
  /** What the rights are for, e.g. "to write the hosts file". */
  purpose: string;
  log: Log;
  signal: AbortSignal;
}

/**
 * Starts the helper, by its command, with administrator rights; resolves with the channel to it. Rejects with the
 * signal's reason, or an Error whose message says why there is none: refused, closed, not possible.
 */
export type Open = (helper: readonly string[], opening: Opening) => Promise<Channel>;

/**
 * Runs the command (its arguments follow) with this process's channel as standard input's place and lets go
 * of it: `sh` ends at once, so that nobody who ends the adapter's children, by process group or by parent,
 * finds the helper before it has cleaned up. `setsid` (util-linux or BusyBox) takes it out of the terminal.
 */
const letGo = [
  '/bin/sh',
  '-c',
  'exec 3<&0; NODE_CHANNEL_FD=0 NODE_CHANNEL_SERIALIZATION_MODE=json setsid "$@" 0<&3 3<&- & exit 0',
  'sh',
];

/** The helper is run by the programs of `prefix`, which leave it the channel. */
export function inheriting(prefix: readonly string[]): Open {
  return async (helper, { log, signal }) => {
    const [command = '', ...args] = [...prefix, ...letGo, ...helper];
    const child = spawn(command, args, { stdio: ['ipc', 'ignore', 'pipe'], serialization: 'json' });
    // Also when ending it is not permitted: a prompt that runs as root closes when it is answered.
    child.on('error', (error) => log.write('helper', messageOf(error)));
    const channel = new InheritedChannel(child);
    await ready(child, signal);
    return channel;
  };
}

/** Resolves with the helper's first message. */
async function ready(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
  await new Promise<void>((resolve, reject) => {
    const aborted = () => {
      if (child.connected) child.disconnect();
      child.kill();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', aborted);
      end();
    };
    child.once('message', () => settle(resolve));
    child.once('error', (error) => settle(() => reject(error)));
    // After 'disconnect' and 'exit': nobody holds the channel or standard error any more.
    child.once('close', () => settle(() => reject(new Error(words.trim() || 'it ended without a word'))));
  });
}

/** The helper is started in the background by what `prompt` makes of its command and a sentence for the user. */
export function throughDoor(prompt: (command: readonly string[], reason: string) => readonly string[]): Open {
  return async (helper, { session, purpose, signal }) => {
    await using door = await HelperDoor.open(session);
    const command = [...helper, '--channel', door.path, '--nonce-file', door.nonceFile];
    const [program = '', ...args] = prompt(command, `localprocess-k8s asks for your permission ${purpose}.`);
    const late = new AbortController();
    // In a process group of its own: the helper outlives whoever ends the adapter's.
    const options = { stdin: 'ignore', stdout: 'ignore', detached: true, windowsHide: true } as const;
    void execa(program, args, { ...options, reject: false, cancelSignal: signal }).then((answer) => {
      if (answer.failed) late.abort(new Error(answer.stderr.trim() || answer.shortMessage));
      const words = `it was permitted, but the helper has not come within ${patience / 1000} seconds`;
      setTimeout(() => late.abort(new Error(words)), patience).unref();
    });
    return await door.entered(AbortSignal.any([signal, late.signal]));
  };
}
