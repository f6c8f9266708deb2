import { readFile } from 'node:fs/promises';
import { getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { LaunchError, messageOf, systemCode } from '../../errors.ts';
import { added, beginsLine, endOf, lineOf, type Layout } from './jsontext.ts';

/** A launch configuration as it stands in a launch.json. */
export interface WrittenConfiguration {
  name: string | undefined;
  type: string | undefined;
  value: Record<string, unknown>;
}

const byteOrderMark = '\uFEFF';

/** A VS Code launch.json: JSON with comments and commas that end lists. */
export class LaunchFile {
  readonly path: string;
  /** Whether there is such a file. */
  readonly exists: boolean;
  readonly #mark: string;
  readonly #text: string;
  readonly #root: Node | undefined;

  private constructor(path: string, text: string, exists: boolean) {
    this.path = path;
    this.exists = exists;
    this.#mark = text.startsWith(byteOrderMark) ? byteOrderMark : '';
    this.#text = text.slice(this.#mark.length);
    const errors: ParseError[] = [];
    this.#root = parseTree(this.#text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const [error] = errors;
    if (error !== undefined)
      throw this.#fault(error.offset, faults[printParseErrorCode(error.error)] ?? 'This is no JSON.');
    if (this.#root !== undefined && this.#root.type !== 'object')
      throw this.#fault(this.#root.offset, 'It has to be an object, {…}.');
    const list = this.#list();
    if (list !== undefined && list.type !== 'array')
      throw this.#fault(list.offset, '"configurations" has to be a list, […].');
  }

  /** Reads the file; one that does not exist is an empty one. Fails with `configuration-file-invalid`. */
  static async read(path: string): Promise<LaunchFile> {
    try {
      return LaunchFile.of(path, await readFile(path));
    } catch (error) {
      if (error instanceof LaunchError) throw error;
      if (systemCode(error) === 'ENOENT') return new LaunchFile(path, '', false);
      throw new LaunchError(
        'configuration-file-invalid',
        `Cannot read "${path}": ${messageOf(error)}. Correct "--file".`,
        { cause: error },
      );
    }
  }

  /** The file with these bytes. Fails with `configuration-file-invalid`: line, column and what to correct there. */
  static of(path: string, bytes: Buffer): LaunchFile {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw new LaunchError(
        'configuration-file-invalid',
        `Cannot read "${path}": it is no text in UTF-8. Save it in that encoding; it stays as it is.`,
        { cause: error },
      );
    }
    return new LaunchFile(path, text, true);
  }

  /** The configurations, in their order; what is no object is passed over. */
  get configurations(): WrittenConfiguration[] {
    return this.#objects().map(({ value }) => ({
      name: typeof value.name === 'string' ? value.name : undefined,
      type: typeof value.type === 'string' ? value.type : undefined,
      value,
    }));
  }

  /**
   * The file's text with one more configuration at the end of the list, or, where there is one of that name, in the
   * place of this one; all else as it is, to the byte. `print` gives it in the file's own layout; what follows its first
   * line it has to indent itself.
   */
  with(name: string, print: (layout: Layout) => string): string {
    return this.#mark + this.#changed(name, print);
  }

  #changed(name: string, print: (layout: Layout) => string): string {
    const text = this.#text;
    const list = this.#list();
    const known = this.#objects().find(({ value }) => value.name === name)?.node;
    if (known !== undefined) {
      const fresh = print({ ...this.#layout(), indent: lineOf(text, known.offset).indent });
      return text.slice(0, known.offset) + fresh + text.slice(endOf(known));
    }
    if (list !== undefined) return added(text, list, this.#layout(), print);
    const printList = (layout: Layout) => {
      const { eol, indent, unit } = layout;
      const inside = indent + unit;
      return `"configurations": [${eol}${inside}${print({ ...layout, indent: inside })}${eol}${indent}]`;
    };
    if (this.#root !== undefined) return added(text, this.#root, this.#layout(), printList);
    const { eol, unit } = this.#layout();
    const layout = { eol, unit, indent: unit };
    // Nothing but comments, or nothing at all.
    const before = text.trim() === '' ? '' : text.endsWith('\n') ? text : text + eol;
    return `${before}{${eol}${unit}"version": "0.2.0",${eol}${unit}${printList(layout)}${eol}}${eol}`;
  }

  /** Of two lists of that name the last counts, as for every reader of JSON. */
  #list(): Node | undefined {
    const properties = (this.#root?.children ?? []).filter(
      ({ children }) => children?.[0]?.value === 'configurations',
    );
    return properties.at(-1)?.children?.[1];
  }

  #objects(): { node: Node; value: Record<string, unknown> }[] {
    return (this.#list()?.children ?? [])
      .filter(({ type }) => type === 'object')
      .map((node) => ({ node, value: getNodeValue(node) as Record<string, unknown> }));
  }

  #layout(): Omit<Layout, 'indent'> {
    const eol = /\r?\n/.exec(this.#text)?.[0] ?? '\n';
    const first = this.#root?.children?.find(({ offset }) => beginsLine(this.#text, offset));
    const [outer = '', inner = ''] = [this.#root, first].map(
      (node) => node && lineOf(this.#text, node.offset).indent,
    );
    return { eol, unit: inner.slice(outer.length) || '  ' };
  }

  #fault(offset: number, words: string): LaunchError {
    const { line, column } = lineOf(this.#text, offset);
    return new LaunchError(
      'configuration-file-invalid',
      `Cannot read "${this.path}:${line}:${column}": ${words} Correct it there; the file stays as it is.`,
    );
  }
}

/** What the parser's complaints mean. */
const faults: Record<string, string | undefined> = {
  PropertyNameExpected: 'A name in double quotes is expected here.',
  ValueExpected: 'A value is expected here.',
  ColonExpected: 'A colon is missing before this.',
  CommaExpected: 'A comma is missing before this.',
  CloseBraceExpected: 'A "}" is missing before this.',
  CloseBracketExpected: 'A "]" is missing before this.',
  EndOfFileExpected: 'Here the file should end.',
  UnexpectedEndOfComment: 'This comment has no end.',
  UnexpectedEndOfString: 'This text has no end.',
  InvalidEscapeCharacter: 'This text has a backslash before what needs none.',
  InvalidCharacter: 'This text has a character that has to be escaped.',
};
