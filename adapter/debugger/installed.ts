import { join } from 'node:path';
import { LaunchError } from '../errors.ts';
import { quoted } from '../nearest.ts';
import type { DebugConfiguration, DebuggerCommand, Preset } from './command.ts';
import {
  findCarried,
  findInExtension,
  findOnPath,
  findVersionOnPath,
  isExecutable,
  masonFolder,
} from './path.ts';

/** Where an installed debug adapter may be, in this order. */
export interface Places {
  /** Its names on PATH and among the programs of Neovim's package manager. */
  programs: readonly [string, ...string[]];
  /** It may be there with its version behind its name. Default: false. */
  versioned?: boolean;
  /** Its file in `carrier`, an npm package. */
  carried?: string;
  /** The VS Code extension that has it, and its file in there. */
  extension?: readonly [id: string, file: string];
}

/** A debug adapter that is one program and speaks on its standard input and output. */
export interface InstalledAdapter extends Omit<Preset, 'find'>, Places {
  /** What people call it. */
  name: string;
  /** The attribute of `debug` that names the program. Default: none does. */
  attribute?: string;
  args?: readonly string[];
  /** What makes a program that was found useless, to stand after its name in a message; `undefined`: nothing. */
  fault?: (program: string) => Promise<string | undefined>;
  /** How to install it, as an order without its full stop. */
  install: string;
}

/** The preset of a debug adapter by what is to be known of it. */
export function installed(adapter: InstalledAdapter): Preset {
  const { types, environment, defaults } = adapter;
  return {
    types,
    environment,
    ...(defaults ? { defaults } : {}),
    find: (folders, debug) => find(adapter, folders, debug),
  };
}

/** The first of the places that has a program; `undefined` if none has. */
export async function findProgram(places: Places, folders: readonly string[]): Promise<string | undefined> {
  const { programs, versioned = false, carried, extension } = places;
  for (const program of programs) {
    const file =
      (await findOnPath(program, [join(masonFolder(), 'bin')])) ??
      (versioned ? await findVersionOnPath(program) : undefined);
    if (file !== undefined) return file;
  }
  return (
    (carried === undefined ? undefined : await findCarried(folders, carried)) ??
    (extension === undefined ? undefined : await findInExtension(...extension))
  );
}

/** Where `findProgram` has looked in vain, as a clause. */
export function noneOf({ programs, extension }: Places): string {
  const names = programs.length > 1 ? `none of ${quoted(programs)}` : `no ${quoted(programs)}`;
  const inside = extension ? `, and no VS Code extension "${extension[0]}"` : '';
  return `there is ${names} on PATH or in Neovim's "mason"${inside}`;
}

async function find(
  adapter: InstalledAdapter,
  folders: readonly string[],
  debug: DebugConfiguration | undefined,
): Promise<DebuggerCommand> {
  const { name, types, attribute, args = [], install } = adapter;
  const named = attribute === undefined ? undefined : debug?.[attribute];
  const isNamed = typeof named === 'string' && named !== '';
  const program = isNamed ? await findNamed(named) : await findProgram(adapter, folders);
  const missing = isNamed ? `"${named}" is not an executable file` : noneOf(adapter);
  const fault = program === undefined ? missing : await adapter.fault?.(program);
  if (program === undefined || fault !== undefined) {
    const naming = attribute === undefined ? '' : `, name it with "${attribute}" in "debug"`;
    throw new LaunchError(
      'debugger-not-installed',
      `Cannot find ${name}, the debugger for "${types[0]}": ${program === undefined ? '' : `"${program}" `}${fault}. ${install}${naming}, or name an adapter with "debugAdapter".`,
      { attribute: isNamed ? `debug.${attribute}` : 'debug.type' },
    );
  }
  return /\.c?js$/.test(program)
    ? { by: 'stdio', command: process.execPath, args: [program, ...args] }
    : { by: 'stdio', command: program, args: [...args] };
}

async function findNamed(program: string): Promise<string | undefined> {
  return (await isExecutable(program)) ? program : findOnPath(program);
}
