import type { Node } from 'jsonc-parser';

/** How a file is laid out. */
export interface Layout {
  eol: string;
  /** One step of indentation. */
  unit: string;
  /** What stands before the line. */
  indent: string;
}

/** The end of a node in its text. */
export function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** Where an offset is, both from 1 up, and the white space that its line begins with. */
export function lineOf(text: string, offset: number): { line: number; column: number; indent: string } {
  const before = text.slice(0, offset).split('\n');
  const start = offset - (before.at(-1) ?? '').length;
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
  return { line: before.length, column: offset - start + 1, indent };
}

/**
 * The text with one more item at the end of a list or an object: nothing but a comma and the item are new. It comes after
 * all comments there are, and ends in a comma if the last item did.
 */
export function added(
  text: string,
  container: Node,
  { eol, unit }: Omit<Layout, 'indent'>,
  print: (layout: Layout) => string,
): string {
  const last = container.children?.at(-1);
  const inside = last === undefined ? container.offset + 1 : endOf(last);
  const closing = endOf(container) - 1;
  const { comma, end } = afterwards(text, inside, closing);
  const outer = lineOf(text, container.offset).indent;
  const indent = last && beginsLine(text, last.offset) ? lineOf(text, last.offset).indent : outer + unit;
  const item = `${eol}${indent}${print({ eol, unit, indent })}${comma ? ',' : ''}`;
  const ownLine = text.slice(end, closing).includes('\n') ? '' : eol + outer;
  return (
    text.slice(0, inside) +
    (last === undefined || comma ? '' : ',') +
    text.slice(inside, end) +
    item +
    ownLine +
    text.slice(end)
  );
}

/** What there is between the last item and the closing bracket: a comma, comments; `end`: where white space begins. */
function afterwards(text: string, from: number, to: number): { comma: boolean; end: number } {
  let comma = false;
  let end = from;
  for (const { 0: part, index } of text.slice(from, to).matchAll(/,|\/\/[^\r\n]*|\/\*[^]*?\*\//g)) {
    comma ||= part === ',';
    end = from + index + part.length;
  }
  return { comma, end };
}

/** Whether nothing but white space stands before an offset in its line. */
export function beginsLine(text: string, offset: number): boolean {
  const { column, indent } = lineOf(text, offset);
  return column === indent.length + 1;
}
