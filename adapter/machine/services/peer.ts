import { readFile } from 'node:fs/promises';
import type net from 'node:net';
import { othersAreHere } from './people.ts';
import { hexEndpoint } from '../processes/sockettable.ts';

/** The reading that has not begun yet: everyone who asks until then shares it. */
let next: Promise<string> | undefined;
let current: Promise<unknown> = Promise.resolve();

/**
 * The user id at the other end of a connection that was made on this machine; `undefined` where the system
 * does not tell, or when the other end is gone. `madeTo`: the port that redirected connections were made to,
 * which is what the other end knows. Linux: the uid column of `/proc/net/tcp`. Reading it is dear,
 * 5 ms of the kernel's time for an empty one on a machine with 24 GiB (it walks a hash table that grows with
 * the memory): those who ask at the same time share a reading, and `mustAsk` tells when nobody has to.
 */
export async function userOfPeer(socket: net.Socket, madeTo?: number): Promise<number | undefined> {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (!remoteAddress || !remotePort || !localAddress || !localPort) return undefined;
  const peer = hexEndpoint(remoteAddress, remotePort);
  const table = await sharedReading();
  const find = (port: number) => table.indexOf(`: ${peer} ${hexEndpoint(localAddress, port)} `);
  const direct = find(localPort);
  const at = direct < 0 && madeTo !== undefined ? find(madeTo) : direct;
  if (at < 0) return undefined;
  // sl local rem st tx:rx tr:when retrnsmt uid (proc_pid_net(5))
  const uid = table.slice(at + 2, table.indexOf('\n', at)).split(/\s+/)[6];
  return uid === undefined ? undefined : Number(uid);
}

function sharedReading(): Promise<string> {
  next ??= current.then(() => {
    next = undefined;
    const reading = readFile('/proc/net/tcp', 'latin1');
    current = reading.catch(() => undefined);
    return reading;
  });
  return next;
}

/** Whether connections have to be looked at: where nobody else can be, they don't. */
export function mustAsk(): boolean {
  return process.platform === 'linux' && othersAreHere();
}

/** Whether a user may use the listeners of this process's user: the same one, and root, who could anyway. */
export function mayConnect(uid: number | undefined): boolean {
  // Not in the table any more: nobody is there to be answered.
  return uid !== undefined && (uid === 0 || uid === process.getuid?.());
}
