import net from 'node:net';
import { parseArgs } from 'node:util';
import { messageOf, systemCode } from '../../errors.ts';
import { endHolder } from '../processes/ending.ts';
import { systemHostsFile, writeHostsBlock, type HostsEntry } from '../hosts/hosts.ts';
import { removeAsOwner } from './folders.ts';
import { occupantsOf, type Occupant } from '../processes/occupants.ts';
import { writeRedirects } from './redirects.ts';
import { isSessionName, numberOf, parseRequest, type NumberedRequest, type Reply } from './protocol.ts';

/** What a request brought, beyond being done. */
type Outcome = { server: net.Server } | { occupants: Occupant[] };

/** Where programs of the system live: whoever asked must not choose what runs here. */
const systemPath = '/usr/sbin:/sbin:/usr/bin:/bin:/run/current-system/sw/bin';

/**
 * The helper with administrator rights, main of `localprocess-k8s helper --session NAME [--hosts PATH]`. It
 * is asked over Node.js's channel to the process that started it, checks every request again, and does
 * nothing on its own. When the channel closes, also because the other process was killed, it undoes
 * everything and resolves. Signals do not end it: those of a terminal are meant for the adapter.
 */
export async function serveHelper(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: { session: { type: 'string' }, hosts: { type: 'string', default: systemHostsFile } },
  });
  const { session = '', hosts } = values;
  if (!isSessionName(session)) throw new Error(`Cannot serve session "${session}": not a session's name.`);
  if (!process.connected) throw new Error('Cannot serve: only the adapter starts this command.');
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
  // Whoever read it may be gone.
  process.stderr.on('error', () => undefined);
  process.chdir('/');
  process.env.PATH = systemPath;

  let wrote = false;
  // Its lines are known again also when an editor damaged their marks.
  const written = new Map<string, HostsEntry>();
  let redirected = false;
  let folders: string[] = [];
  const closing = new AbortController();
  const perform = async (request: NumberedRequest): Promise<Outcome | undefined> => {
    if (request.operation === 'listen') return { server: await listen(request.address, request.port) };
    if (request.operation === 'occupants') return { occupants: await occupantsOf(request.ports) };
    if (request.operation === 'end') {
      const { pid, started, ports, withService } = request;
      const { signal } = closing;
      await endHolder({ identity: { pid, started }, ports, withService }, { signal });
    } else if (request.operation === 'redirect') {
      await writeRedirects(session, request.redirects);
      redirected = request.redirects.length > 0;
    } else if (request.operation === 'folders') ({ folders } = request);
    else if (request.operation === 'hosts') {
      wrote = true;
      if (request.entries.length === 0) await undo();
      else {
        for (const entry of request.entries) written.set(JSON.stringify(entry), entry);
        await writeHostsBlock(hosts, session, request.entries, [...written.values()]);
      }
    } else {
      // Who closes in good order removes them itself, when nobody uses them any more.
      folders = [];
      await undo();
    }
    return undefined;
  };
  // The block goes last, as it came first: where it is found, redirects of the session may be left.
  const undo = async () => {
    if (!wrote && !redirected) return;
    try {
      await writeRedirects(session, []);
      redirected = false;
    } catch (error) {
      // Where iptables does not work, an earlier helper of the session has not used it either.
      if (redirected) throw error;
    } finally {
      await writeHostsBlock(hosts, session, [], [...written.values()]);
      written.clear();
      wrote = false;
    }
  };
  // One after the other: a block written last is the one that stays.
  let queue = Promise.resolve();
  process.on('message', (message) => {
    queue = queue.then(() => answer(message, perform));
  });
  const disconnected = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
  await tell({ ready: true });
  await disconnected;
  closing.abort();
  await queue;
  try {
    await undo();
  } finally {
    await removeAsOwner(session, folders);
  }
}

async function answer(
  message: unknown,
  perform: (request: NumberedRequest) => Promise<Outcome | undefined>,
): Promise<void> {
  const id = numberOf(message);
  try {
    const request = parseRequest(message);
    const outcome = await perform(request);
    if (outcome && 'server' in outcome) {
      await tell({ id, handed: true }, outcome.server);
      outcome.server.close();
    }
    await tell({ id, ok: true, ...(outcome && 'occupants' in outcome && outcome) });
    if (request.operation === 'close') process.disconnect();
  } catch (error) {
    const code = systemCode(error);
    await tell({ id, ok: false, message: messageOf(error), ...(code !== undefined && { code }) });
  }
}

/** A listener that is handed over is open on both sides for a moment: what comes to this one is reset. */
function listen(host: string, port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.resetAndDestroy());
    server.once('error', reject);
    server.listen({ host, port, backlog: 511 }, () => resolve(server));
  });
}

/** Resolves when the message has left, also when nobody is there to take it: then the end has come anyway. */
function tell(reply: Reply, server?: net.Server): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(reply, server, {}, () => resolve());
  });
}
