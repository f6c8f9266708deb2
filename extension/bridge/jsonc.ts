import {
  createScanner,
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type JSONPath,
  type Node,
  type ParseError,
} from 'jsonc-parser';

/** jsonc-parser's `SyntaxKind.CommaToken`: a constant of its declarations that cannot be imported file by file. */
const comma = 5;

/**
 * The root of a JSON file with comments and trailing commas. Throws an `Error` that names the file and the line where it
 * cannot be read.
 */
export function rootOf(text: string, file: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || root?.type !== 'object') {
    const line = text.slice(0, first?.offset ?? 0).split('\n').length;
    const what = first === undefined ? 'it is not an object' : printParseErrorCode(first.error);
    throw new Error(`Cannot read "${file}": ${what} in line ${line}. Correct it first.`);
  }
  return root;
}

/**
 * The text without a property or an element, its comma included. Comments stay, but for those inside of it; a line that is
 * empty then goes.
 */
export function without(text: string, path: JSONPath): string {
  const root = parseTree(text);
  const value = root && findNodeAtLocation(root, path);
  if (value?.parent === undefined) return text;
  const node = value.parent.type === 'property' ? value.parent : value;
  const siblings = node.parent?.children ?? [];
  const before = siblings[siblings.indexOf(node) - 1];
  const end = node.offset + node.length;
  const after = commaFrom(text, end);
  // The last one's comma is the one before it.
  const other = after === undefined && before ? commaFrom(text, before.offset + before.length) : undefined;
  const cuts = [
    { from: node.offset, to: end },
    ...[after, other].filter((at) => at !== undefined).map((at) => ({ from: at, to: at + 1 })),
  ];
  return cuts.sort((a, b) => b.from - a.from).reduce((rest, { from, to }) => cut(rest, from, to), text);
}

/** Where the comma is that follows, with nothing but comments and blanks before it. */
function commaFrom(text: string, from: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(from);
  const kind: number = scanner.scan();
  return kind === comma ? scanner.getTokenOffset() : undefined;
}

/** The text without a part of it, and without the line if nothing else is on it. */
function cut(text: string, from: number, to: number): string {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const newline = text.indexOf('\n', to);
  const end = newline < 0 ? text.length : newline + 1;
  const isAlone = text.slice(start, from).trim() === '' && text.slice(to, end).trim() === '';
  if (isAlone && start > 0) return text.slice(0, start) + text.slice(end);
  const blanks = /\s$/.test(text.slice(0, from)) ? /^[ \t]*/ : /^/;
  return text.slice(0, from) + text.slice(to).replace(blanks, '');
}
