import { isObject } from './wrapping.ts';

/** Lines are broken where they get longer. */
const lineLength = 100;

/** How a language writes what JSON can say. */
export interface Notation {
  text: (text: string) => string;
  null: string;
  booleans: readonly [no: string, yes: string];
  list: readonly [open: string, between: string, close: string];
  object: readonly [open: string, between: string, close: string];
  emptyObject: string;
  property: (name: string, value: string) => string;
  /** Closing brackets stand behind the last item, and not on a line of their own. */
  hugs?: true;
}

/** Lua, as Neovim has it: `vim.NIL` for null, and an empty table is a list unless it says otherwise. */
export const lua: Notation = {
  text: (text) =>
    `'${text.replace(/[\\'\n\r\0]/g, (char) => ({ '\n': '\\n', '\r': '\\r', '\0': '\\0' })[char] ?? `\\${char}`)}'`,
  null: 'vim.NIL',
  booleans: ['false', 'true'],
  list: ['{ ', ', ', ' }'],
  object: ['{ ', ', ', ' }'],
  emptyObject: 'vim.empty_dict()',
  property: (name, value) =>
    `${/^[A-Za-z_]\w*$/.test(name) && !luaWords.has(name) ? name : `[${lua.text(name)}]`} = ${value}`,
};

const luaWords = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
);

/** Emacs Lisp, inside of a quoted list, as dape has it: property lists, vectors, and what jsonrpc.el takes for JSON's words. */
export const lisp: Notation = {
  text: (text) =>
    `"${text.replace(/[\\"\n\t\r]/g, (char) => ({ '\n': '\\n', '\t': '\\t', '\r': '\\r' })[char] ?? `\\${char}`)}"`,
  null: 'nil',
  booleans: [':json-false', 't'],
  list: ['[', ' ', ']'],
  object: ['(', ' ', ')'],
  emptyObject: '#s(hash-table)',
  hugs: true,
  property: (name, value) => `:${name.replace(/[^\w.+*/<>=!$%&~^-]/g, '\\$&')} ${value}`,
};

/** A value in a notation; `indent`: how far the line is in that it begins on. */
export function write(value: unknown, notation: Notation, indent = ''): string {
  if (typeof value === 'string') return notation.text(value);
  if (typeof value === 'boolean') return notation.booleans[value ? 1 : 0];
  if (value === null) return notation.null;
  const inside = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => write(item, notation, inside))
    : isObject(value)
      ? Object.entries(value).map(([name, item]) => notation.property(name, write(item, notation, inside)))
      : undefined;
  if (items === undefined) return JSON.stringify(value);
  const [open, between, close] = Array.isArray(value) ? notation.list : notation.object;
  if (items.length === 0)
    return Array.isArray(value) ? (open + close).replace(/ +/g, '') : notation.emptyObject;
  const line = `${open}${items.join(between)}${close}`;
  if (!line.includes('\n') && indent.length + line.length <= lineLength) return line;
  const lines = items.map((item) => `${inside}${item}${between.trimEnd()}`);
  const closing = notation.hugs === true ? close : `\n${indent}${close.trimStart()}`;
  return `${open.trimEnd()}\n${lines.join('\n')}${closing}`;
}

/** A text in TOML: as it stands where that can be, else with JSON's escapes, which TOML has too. */
export function tomlText(text: string): string {
  return /^[^'\p{Cc}]*$/u.test(text) && text.includes('"')
    ? `'${text}'`
    : JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
