import { readFile } from 'node:fs/promises';
import { hexEndpoint } from './sockettable.ts';

/** A connection to one of our listeners, as its own side sees it. */
export interface Connection {
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
}

/** The reading that has not begun yet: everyone who asks until then shares it. */
let next: Promise<string> | undefined;
let current: Promise<unknown> = Promise.resolve();

/**
 * The user id at the other end of a connection that was made on this machine; `undefined` where the system
 * does not tell, or when the other end is gone. Linux: the uid column of `/proc/net/tcp`. Reading the table
 * takes about 0.1 ms and grows with the number of sockets; those who ask at the same time share one reading.
 */
export async function userOfPeer(connection: Connection): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const theirs = hexEndpoint(connection.remoteAddress, connection.remotePort);
  const ours = hexEndpoint(connection.localAddress, connection.localPort);
  const table = await sharedReading();
  const at = table.indexOf(`: ${theirs} ${ours} `);
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

/** Whether a user may use the listeners of this process's user: the same one, and root, who could anyway. */
export function mayConnect(uid: number | undefined): boolean {
  // Not told: on such systems everybody may, as with any port that is forwarded to 127.0.0.1.
  return uid === undefined || uid === 0 || uid === process.getuid?.();
}
