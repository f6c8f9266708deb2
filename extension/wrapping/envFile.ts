import { readFile } from 'node:fs/promises';
import { messageOf } from '../messageOf.ts';

/** Variables by their names. */
export type Variables = Record<string, string>;

/** How one extension reads environment files. Each has a grammar of its own, a line at a time. */
interface Grammar {
  /** A line with a variable: its name, and the rest without blanks around it. */
  line: RegExp;
  /** The value as it was written, without what quotes it. */
  unquote(value: string): string;
  /** Replaces `${NAME}`, and takes the backslash from `\$`. */
  substitutes: boolean;
}

const withNewlines = (value: string) => value.replaceAll('\\n', '\n');
const quotedBy = (value: string, quote: string) =>
  value.length > 1 && value.startsWith(quote) && value.endsWith(quote);

/** Takes one quote from either end, whether or not they match; "\n" is a new line between double ones. */
function unquoteLoosely(value: string): string {
  return (quotedBy(value, '"') ? withNewlines(value) : value).replace(/^['"]/, '').replace(/['"]$/, '');
}

/**
 * Sources: vscode-python-debugger, common/variables/environment.ts; vscode-go, utils/envUtils.ts; vscode-cpptools,
 * Debugger/ParsedEnvironmentFile.ts, of which the C# extension has a copy.
 */
const grammars = {
  python: {
    line: /^\s*(_*[a-zA-Z]\w*)\s*=\s*(.*?)\s*$/,
    unquote: (value) =>
      quotedBy(value, '"') || quotedBy(value, "'") ? withNewlines(value.slice(1, -1)) : value,
    substitutes: true,
  },
  go: {
    line: /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*)$/,
    unquote: unquoteLoosely,
    substitutes: true,
  },
  cpptools: {
    line: /^\s*([\w.-]+)\s*=\s*(.*)$/,
    unquote: unquoteLoosely,
    substitutes: false,
  },
} satisfies Record<string, Grammar>;

/** An environment file, by the grammar of the extension that would have read it. */
export interface EnvFile {
  path: string;
  grammar: keyof typeof grammars;
  /** What `${NAME}` may stand for besides the file's own variables. Default: nothing. */
  known?: Record<string, unknown>;
}

/** The variables of a file. Throws an `Error` when it cannot be read. */
export async function readEnvFile({ path, grammar, known = {} }: EnvFile): Promise<Variables> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `Cannot read the variables in "${path}": ${messageOf(error)}. Correct "envFile" in "debug", or leave it out.`,
      { cause: error },
    );
  }
  return parse(text, grammars[grammar], known);
}

function parse(text: string, grammar: Grammar, known: Record<string, unknown>): Variables {
  const variables: Variables = {};
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, value = ''] = grammar.line.exec(line) ?? [];
    if (name === undefined) continue;
    const plain = grammar.unquote(value);
    variables[name] = grammar.substitutes ? substituted(plain, variables, known) : plain;
  }
  return variables;
}

/** `${NAME}` is replaced, by nothing where nobody knows it; anything else between the braces leaves the value as it is. */
function substituted(value: string, variables: Variables, known: Record<string, unknown>): string {
  const places = [...value.matchAll(/(\\?)\$\{([^}]*)\}/g)].filter(([, escaped]) => escaped === '');
  const understood = places.every(([, , name = '']) => /^[a-zA-Z]\w*$/.test(name));
  const filled = understood
    ? value.replace(/(\\?)\$\{([^}]*)\}/g, (whole, escaped: string, name: string) => {
        if (escaped !== '') return whole;
        const found = variables[name] ?? known[name];
        return typeof found === 'string' ? found : '';
      })
    : value;
  return filled.replaceAll('\\$', '$');
}
