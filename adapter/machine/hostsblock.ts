/** One line of the hosts file. */
export interface HostsEntry {
  address: string;
  hostnames: string[];
}

const mark = (session: string, end: 'begin' | 'end') => `# localprocess-k8s ${session} ${end}`;
const joined = '# The line above ended without a newline; the newline goes when this block goes.';
const anyBlock = /^# localprocess-k8s (\S+) begin\r?\n/;

/** Whether `line` begins or ends a block of any session, and whose. */
export function blockMark(line: string): { session: string; end: 'begin' | 'end' } | undefined {
  const [, session, end] = /^# localprocess-k8s (\S+) (begin|end)\r?$/.exec(line) ?? [];
  return session && (end === 'begin' || end === 'end') ? { session, end } : undefined;
}

/**
 * `text` of a hosts file with the session's block replaced by one of `entries`; without entries the block
 * goes. Nothing outside the block changes; a file whose last line has no newline gets it back that way.
 */
export function withBlock(text: string, session: string, entries: readonly HostsEntry[]): string {
  const bare = withoutBlock(text, session);
  if (entries.length === 0) return bare;
  const newline = /\r?\n/.exec(bare)?.[0] ?? '\n';
  const open = bare !== '' && !bare.endsWith('\n');
  const lines = [
    mark(session, 'begin'),
    ...(open ? [joined] : []),
    ...entries.map(({ address, hostnames }) => `${address} ${hostnames.join(' ')}`),
    mark(session, 'end'),
  ];
  return bare + (open ? newline : '') + lines.map((line) => line + newline).join('');
}

function withoutBlock(text: string, session: string): string {
  const begin = lineIndex(text, mark(session, 'begin'), 0);
  if (begin < 0) return text;
  const end = lineIndex(text, mark(session, 'end'), begin);
  // A block that somebody cut short: only its marked first line is known to be ours.
  const after = afterLine(text, end < 0 ? begin : end);
  let before = text.slice(0, begin);
  let rest = text.slice(after);
  if (text.slice(afterLine(text, begin)).startsWith(joined)) {
    const next = anyBlock.exec(rest)?.[0];
    if (rest === '') before = before.replace(/\r?\n$/, '');
    // Another session's block follows: it takes the duty over.
    else if (next) rest = next + joined + (/\r?\n$/.exec(next)?.[0] ?? '') + rest.slice(next.length);
  }
  return withoutBlock(before + rest, session);
}

/** Where the line `line` starts in `text`, at or after `from`; -1 if nowhere. */
function lineIndex(text: string, line: string, from: number): number {
  for (let at = text.indexOf(line, from); at >= 0; at = text.indexOf(line, at + 1)) {
    const starts = at === 0 || text[at - 1] === '\n';
    if (starts && /^(\r?\n|$)/.test(text.slice(at + line.length, at + line.length + 2))) return at;
  }
  return -1;
}

/** The index after the line that starts at `at`, its newline included. */
function afterLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
