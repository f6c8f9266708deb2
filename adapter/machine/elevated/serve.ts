import net from 'node:net';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { messageOf, systemCode } from '../../errors.ts';
import { endHolder } from '../processes/ending.ts';
import { systemHostsFile, writeHostsBlock, type HostsEntry } from '../hosts/hosts.ts';
import { LoopbackAliases, type Run } from './aliases.ts';
import { InheritedChannel, type Channel } from './channel.ts';
import { enterDoor } from './door.ts';
import { removeAsOwner } from './folders.ts';
import { occupantsOf, type Occupant } from '../processes/occupants.ts';
import { writeRedirects } from './redirects.ts';
import { Relays } from './relays.ts';
import { isSessionName, numberOf, parseRequest, type NumberedRequest, type Reply } from './protocol.ts';

/** What a request brought, beyond being done. */
type Outcome = { server: net.Server } | { occupants: Occupant[] };

const system32 = `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32`;
/** Where programs of the system live: whoever asked must not choose what runs here. */
const systemPath =
  process.platform === 'win32'
    ? `${system32};${system32}\\WindowsPowerShell\\v1.0`
    : '/usr/sbin:/sbin:/usr/bin:/bin:/run/current-system/sw/bin';

/**
 * The helper with administrator rights, main of `localprocess-k8s helper --session NAME [--hosts PATH] [--channel PATH
 * --nonce-file PATH]`. It is asked over Node.js's channel to the process that started it, or goes through the door of
 * an adapter that could not leave it one, checks every request again, and does nothing on its own. When the channel
 * closes, also because the other process was killed, it undoes everything and resolves. Signals do not end it: those
 * of a terminal are meant for the adapter. `run` runs programs of the system.
 */
export async function serveHelper(argv: string[], run: Run = execa): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      session: { type: 'string' },
      hosts: { type: 'string', default: systemHostsFile },
      channel: { type: 'string' },
      'nonce-file': { type: 'string', default: '' },
    },
  });
  const { session = '', hosts } = values;
  if (!isSessionName(session)) throw new Error(`Cannot serve session "${session}": not a session's name.`);
  if (values.channel === undefined && !process.connected)
    throw new Error('Cannot serve: only the adapter starts this command.');
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
  // Whoever read it may be gone.
  process.stderr.on('error', () => undefined);
  process.chdir('/');
  process.env.PATH = systemPath;
  const { channel, asker } =
    values.channel === undefined
      ? { channel: new InheritedChannel(process) }
      : await enterDoor(values.channel, values['nonce-file']);

  let wrote = false;
  // Its lines are known again also when an editor damaged their marks.
  const written = new Map<string, HostsEntry>();
  let redirected = false;
  let folders: string[] = [];
  const aliases = new LoopbackAliases(run);
  const relays = new Relays();
  const closing = new AbortController();
  const perform = async (request: NumberedRequest): Promise<Outcome | undefined> => {
    if (request.operation === 'listen') {
      if (!channel.handsOver) throw new Error('Cannot hand a listener over: this channel carries none.');
      return { server: await listen(request.address, request.port) };
    }
    if (request.operation === 'occupants') return { occupants: await occupantsOf(request.ports) };
    if (request.operation === 'end') {
      const { pid, started, ports, withService } = request;
      const { signal } = closing;
      await endHolder({ identity: { pid, started }, ports, withService }, { signal });
    } else if (request.operation === 'redirect') {
      await writeRedirects(session, request.redirects);
      redirected = request.redirects.length > 0;
    } else if (request.operation === 'relay') await relays.add(request);
    else if (request.operation === 'aliases') await aliases.add(request.addresses);
    else if (request.operation === 'folders') ({ folders } = request);
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
      await undoAll();
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
  const undoAll = async () => {
    relays.close();
    try {
      await undo();
    } finally {
      await aliases.removeAll();
    }
  };
  // One after the other: a block written last is the one that stays.
  let queue = Promise.resolve();
  channel.onMessage((message) => {
    queue = queue.then(() => answer(channel, message, perform));
  });
  await tell(channel, { ready: true });
  await channel.closed;
  closing.abort();
  await queue;
  try {
    await undoAll();
  } finally {
    await removeAsOwner(session, folders, asker);
  }
}

async function answer(
  channel: Channel,
  message: unknown,
  perform: (request: NumberedRequest) => Promise<Outcome | undefined>,
): Promise<void> {
  const id = numberOf(message);
  try {
    const request = parseRequest(message);
    const outcome = await perform(request);
    if (outcome && 'server' in outcome) {
      await tell(channel, { id, handed: true }, outcome.server);
      outcome.server.close();
    }
    await tell(channel, { id, ok: true, ...(outcome && 'occupants' in outcome && outcome) });
    if (request.operation === 'close') channel.close();
  } catch (error) {
    const code = systemCode(error);
    await tell(channel, { id, ok: false, message: messageOf(error), ...(code !== undefined && { code }) });
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

function tell(channel: Channel, reply: Reply, server?: net.Server): Promise<void> {
  return channel.send(reply, server);
}
