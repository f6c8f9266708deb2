import { parseArgs } from 'node:util';
import { LaunchError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';

/** An option of the command line, with what `--help` says of it. */
export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  multiple?: boolean;
  /** What stands for its value in the help, e.g. "FILE". */
  value?: string;
  help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** One command of the command line. */
export interface Command {
  name: string;
  /** What follows its name, e.g. "TARGET [OPTION]… -- COMMAND…". */
  synopsis: string;
  /** One sentence. */
  summary: string;
  options: Options;
  /** The option after which everything is another program's, as after `--`. Default: none. */
  tail?: string;
  /**
   * Does it; resolves with the exit code. Rejects with `command-invalid` when the arguments are wrong. `mainScript`:
   * this program's entry.
   */
  start(args: string[], mainScript: string): Promise<number>;
}

type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>;

/**
 * Reads the arguments of a command, up to `--` if there is one; what follows that is `rest`. `names`: what its
 * positional arguments are called; each has to be there. Rejects with `command-invalid`, naming the first fault.
 */
export function parse<const T extends Options>(
  args: readonly string[],
  options: T,
  names: readonly string[] = [],
): Pick<Parsed<T>, 'values' | 'positionals'> & { rest: string[] | undefined } {
  const end = args.indexOf('--');
  const own = end === -1 ? [...args] : args.slice(0, end);
  checkOptions(own, options);
  // What is said of an option is nothing to the parser.
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true, strict: true });
  const missing = names[positionals.length];
  if (missing !== undefined) throw commandInvalid(`${missing} is missing.`);
  const extra = positionals[names.length];
  if (extra !== undefined) throw commandInvalid(`There is no use for "${extra}" here.`);
  return { values, positionals, rest: end === -1 ? undefined : args.slice(end + 1) };
}

/** The parser's own words name neither a neighbour nor the fix. */
function checkOptions(args: string[], options: Options): void {
  const known = Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const { tokens } = parseArgs({
    args,
    options: options,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    if (option === undefined)
      throw commandInvalid(`There is no option "${token.rawName}"${didYouMean(token.rawName, known)}`);
    if (option.type === 'boolean' && token.value !== undefined)
      throw commandInvalid(`The option "${token.rawName}" takes no value, and has "${token.value}".`);
    // As everywhere: a value that begins with a hyphen is written --option=-value.
    const missing = token.value === undefined || (!token.inlineValue && /^-./.test(token.value));
    if (option.type === 'string' && missing)
      throw commandInvalid(`The option "${token.rawName}" needs a value: ${option.value ?? 'VALUE'}.`);
  }
}

/** What is wrong with a command line. */
export function commandInvalid(message: string): LaunchError {
  return new LaunchError('command-invalid', message);
}

/** The line that ends every complaint about a command's arguments. */
export function usageOf({ name, synopsis }: Command): string {
  return `usage: localprocess-k8s ${name} ${synopsis}`;
}

/** What `--help` prints. */
export function helpOf(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { short, value, help }]) => {
    const option = `--${name}${value === undefined ? '' : ` ${value}`}`;
    return [`${short === undefined ? '    ' : `-${short}, `}${option}`, help] as const;
  });
  const width = Math.max(...rows.map(([option]) => option.length), 0);
  const lines = rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`);
  return [usageOf(command), '', command.summary, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
