import { readFile } from 'node:fs/promises';
import { familyOf, readKinship, type Kinship } from './kinship.ts';
import { socketsHeldBy } from './owners.ts';
import { isInTheWay } from './occupants.ts';
import { listeningSockets } from './sockettable.ts';

/** The processes that a session has started, by their ids, as far as it knows them. */
export interface LocalProcesses {
  /** The debugger's own: their sockets are nobody's business. */
  debuggers: Set<number>;
  /** What is debugged, or run. Their children count as they do. */
  debuggees: Set<number>;
}

/** Programs that debuggers start beside the debuggee, and that listen for themselves. */
const debuggersOwn =
  /vsDebugServer|dapDebugServer|js-debug-adapter|watchdog\.js|debugpy[./]adapter|debugpy[/\\]launcher\0|\bdlv\b|lldb-(?:server|dap)|gdbserver|debugserver/;

/**
 * The ports on which the local process and its children listen (Linux; elsewhere none is told). Left out is what a
 * debugger has opened inside of them: Node.js's inspector.
 */
export async function portsOf({ debuggers, debuggees }: LocalProcesses): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const kinship = await readKinship();
  const ports = new Set<number>();
  const sockets = (await listeningSockets()).filter(({ address }) => isInTheWay(address));
  for (const pid of familyOf([...debuggers, ...debuggees], kinship)) {
    if (debuggers.has(pid)) continue;
    const [command, held] = await Promise.all([read(pid, 'cmdline'), socketsHeldBy(pid)]);
    const own = sockets.filter(({ inode }) => held.has(inode ?? ''));
    if (own.length === 0 || debuggersOwn.test(command)) continue;
    const isInspector = await inspectorOf(pid, command, kinship);
    for (const { port, address } of own) if (!isInspector(port, address)) ports.add(port);
  }
  return [...ports];
}

/**
 * Tells which listeners of a process are Node.js's inspector: the one on its own command line or 9229; and the one
 * that js-debug opens before the program begins, on a port that only the watchdog, which it starts as a child at the
 * same time, is told. Until that is there, any listener on 127.0.0.1 may be it.
 */
async function inspectorOf(
  pid: number,
  command: string,
  kinship: Kinship,
): Promise<(port: number, address: string) => boolean> {
  const environment = await read(pid, 'environ');
  const asked = [...`${command} ${environment}`.matchAll(/--inspect(?:-brk|-port)?[=\0 ](?:[\w.]+:)?(\d+)/g)];
  const known = new Set([9229, ...asked.map(([, port]) => Number(port))]);
  if (!environment.includes('VSCODE_INSPECTOR_OPTIONS=')) return (port) => known.has(port);
  const children = [...kinship].filter(([, { parent }]) => parent === pid).map(([child]) => child);
  const told = await Promise.all(children.map(async (child) => inspectorUrl(await read(child, 'environ'))));
  const inspector = told.find((port) => port !== undefined);
  return (port, address) =>
    known.has(port) || (inspector === undefined ? address === '127.0.0.1' : port === inspector);
}

/** The port in what js-debug tells its watchdog: `NODE_INSPECTOR_INFO={…"inspectorURL":"ws://127.0.0.1:PORT/…"}`. */
function inspectorUrl(environment: string): number | undefined {
  const port = /NODE_INSPECTOR_INFO=[^\0]*"inspectorURL":"ws:\/\/[^"]*?:(\d+)\//.exec(environment)?.[1];
  return port === undefined ? undefined : Number(port);
}

function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
