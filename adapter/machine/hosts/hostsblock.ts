import { EOL } from 'node:os';
import { isServiceAddress } from '../services/addresses.ts';

/** One line of the hosts file. */
export interface HostsEntry {
  address: string;
  hostnames: string[];
}

const mark = '# localprocess-k8s';
const joined = `${mark}: the line above had no newline at its end; the newline goes with the last session.`;

/**
 * A line of ours, `ADDRESS NAMES # localprocess-k8s SESSION`: each is known by itself (hosts(5): what follows a
 * `#` is a comment), so that whatever an editor does around it, to its blanks or its place, it is found again.
 */
const ourLine = /^[\s#]*(\S+)\s(?:.*\s)?# localprocess-k8s ([A-Za-z0-9][\w.-]*)(?:\s.*)?$/s;

/** What a line of a hosts file maps, and whose it is: a session's, or nobody's we know. */
export interface MappedLine extends HostsEntry {
  session: string | undefined;
}

/** Reads one line of a hosts file, as the resolver does; `undefined` for one that maps nothing. */
export function readLine(line: string): MappedLine | undefined {
  const [address, ...hostnames] = (/^[^#]*/.exec(line)?.[0] ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (address === undefined || hostnames.length === 0) return undefined;
  return { address, hostnames, session: sessionOf(line) };
}

/** The session that wrote a line, if one of ours did: the address is one that only services have. */
function sessionOf(line: string): string | undefined {
  // Most lines are not ours, and some files have very many.
  if (!line.includes(mark)) return undefined;
  const [, address = '', session] = ourLine.exec(line) ?? [];
  return isServiceAddress(address) ? session : undefined;
}

/** Whether a hosts file has lines of `session`; default: of any session. */
export function hasBlock(text: string, session?: string): boolean {
  return linesOf(text).some((line) => {
    const found = sessionOf(line);
    return found !== undefined && (session === undefined || found === session);
  });
}

const paddingStart = '#-localprocess-k8s';
/** Behind a line of ours a part of it is enough to know it. */
const anyPadding = new RegExp(
  `${paddingStart}-*$|(?<=${mark} \\S+\\r?\\n)(?:${Array.from(paddingStart, (_, end) => paddingStart.slice(0, end + 1)).join('|')})$`,
);

/** `length` bytes for the end of a hosts file that are no part of it: `withBlock` takes them away. */
export function padding(length: number): string {
  return paddingStart.slice(0, length).padEnd(length, '-');
}

/**
 * `text` of a hosts file with the session's lines replaced by `entries`, at the end; without entries they go.
 * All other bytes stay, and when no session has lines any more, the text is what it was before the first.
 * `written`: what the session wrote earlier; its lines go also where somebody took the mark off or changed it.
 */
export function withBlock(
  text: string,
  session: string,
  entries: readonly HostsEntry[],
  written: readonly HostsEntry[] = [],
): string {
  const bare = withoutBlock(text, session, written);
  if (entries.length === 0) return bare;
  const newline = /\r?\n/.exec(bare)?.[0] ?? EOL;
  const open = bare !== '' && !bare.endsWith('\n');
  const lines = entries.map(
    ({ address, hostnames }) => `${address} ${hostnames.join(' ')} ${mark} ${session}`,
  );
  return bare + (open ? newline : '') + [...(open ? [joined] : []), ...lines, ''].join(newline);
}

function withoutBlock(text: string, session: string, written: readonly HostsEntry[]): string {
  const lines = linesOf(text.replace(anyPadding, ''));
  const marked = lines.filter((line) => sessionOf(line) === session).flatMap((line) => readLine(line) ?? []);
  const known = namesByAddress([...written, ...marked]);
  const remembered = namesByAddress(written);
  const kept = lines.filter((line) => {
    const owner = sessionOf(line);
    if (owner === session) return false;
    const { address = '', hostnames = [] } = readLine(line) ?? {};
    // The mark of another session is believed, unless this one remembers having written the line.
    const own = (owner === undefined ? known : remembered).get(address);
    return !hostnames.some((name) => own?.has(name));
  });
  const rest = kept.join('');
  return hasBlock(rest) ? rest : withoutJoined(rest);
}

function namesByAddress(entries: readonly HostsEntry[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { address, hostnames } of entries)
    names.set(address, new Set([...(names.get(address) ?? []), ...hostnames]));
  return names;
}

/** The newline that a session had to add goes, unless somebody has gone on behind it. */
function withoutJoined(text: string): string {
  if (!text.includes(joined)) return text;
  const atEnd = new RegExp(`(\\r\\n|\\n)${joined}\\1$|\\r?\\n${joined}$`);
  return linesOf(text.replace(atEnd, ''))
    .filter((line) => line.trim() !== joined)
    .join('');
}

/** The lines of a text, each with its newline. */
export function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}
