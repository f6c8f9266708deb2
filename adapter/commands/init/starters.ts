import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DebugAttributes } from './wrapping.ts';

/** A configuration that may do for what was found in a folder. */
export interface Starter {
  /** What it starts, for people, e.g. `Node.js: web/server.js`. */
  title: string;
  debug: DebugAttributes;
}

/** Folders that hold nothing of the user's own. */
const passedOver = /^(?:\..*|node_modules|vendor|venv|dist|build|target|bin|obj)$/;
/** Names that people give to what is started, best first. */
const usualNames = ['server', 'main', 'app', 'index'];

/**
 * What could be debugged in a folder and in those directly below it, by the files that are there. Below come first those
 * that are called like the target.
 */
export async function findStarters(folder: string, target: string): Promise<Starter[]> {
  const below = (await entriesOf(folder, 'folders')).filter((name) => !passedOver.test(name));
  const wanted = target.split('/').at(-1);
  const inOrder = below.sort((a, b) => Number(b === wanted) - Number(a === wanted) || (a < b ? -1 : 1));
  const found = await Promise.all(['', ...inOrder].map((name) => startersIn(folder, name)));
  return found.flat();
}

async function startersIn(root: string, name: string): Promise<Starter[]> {
  const folder = join(root, name);
  const place: Place = {
    folder,
    files: await entriesOf(folder, 'files'),
    path: (file) => ['${workspaceFolder}', name, file].filter(Boolean).join('/'),
    title: (kind, file) => `${kind}: ${[name, file].filter(Boolean).join('/') || basename(root)}`,
    cwd: name === '' ? {} : { cwd: `\${workspaceFolder}/${name}` },
  };
  const [js, goes, net, rusty] = await Promise.all([node(place), go(place), dotnet(place), rust(place)]);
  return [...js, ...python(place), ...goes, ...net, ...rusty];
}

interface Place {
  folder: string;
  files: string[];
  /** A file of it as a configuration names it. */
  path: (file?: string) => string;
  title: (kind: string, file?: string) => string;
  /** The working folder, where it is not the workspace's. */
  cwd: { cwd?: string };
}

async function node({ folder, files, path, title, cwd }: Place): Promise<Starter[]> {
  if (!files.includes('package.json')) return [];
  const { main, scripts } = (await readJson(join(folder, 'package.json'))) as {
    main?: unknown;
    scripts?: { start?: unknown };
  };
  const named = typeof main === 'string' ? main.replace(/^\.\//, '') : undefined;
  const usual = usualNames.flatMap((name) => [`${name}.js`, `${name}.mjs`, `${name}.cjs`]);
  const program =
    named !== undefined && (await isFile(join(folder, named)))
      ? named
      : usual.find((file) => files.includes(file));
  const common = { type: 'pwa-node', request: 'launch', skipFiles: ['<node_internals>/**'], ...cwd };
  const start: Starter[] =
    typeof scripts?.start === 'string'
      ? [
          {
            title: title('Node.js', 'npm start'),
            debug: { ...common, runtimeExecutable: 'npm', runtimeArgs: ['start'] },
          },
        ]
      : [];
  const direct =
    program === undefined
      ? []
      : [{ title: title('Node.js', program), debug: { ...common, program: path(program) } }];
  return [...direct, ...start];
}

function python({ files, path, title, cwd }: Place): Starter[] {
  const common = { type: 'debugpy', request: 'launch', console: 'internalConsole', ...cwd };
  if (files.includes('manage.py')) {
    const args = ['runserver', '--noreload'];
    return [{ title: title('Django', 'manage.py'), debug: { ...common, program: path('manage.py'), args } }];
  }
  const scripts = files.filter((file) => /^(?!test_|setup\.py$|conftest\.py$).*(?<!_test)\.py$/.test(file));
  const usual = usualNames.map((name) => `${name}.py`).filter((file) => scripts.includes(file));
  // Of many scripts nobody knows which is started.
  const meant = usual.length > 0 ? usual : scripts.length <= 3 ? scripts : [];
  return meant.map((file) => ({
    title: title('Python', file),
    debug: { ...common, program: path(file) },
  }));
}

async function go({ folder, files, path, title, cwd }: Place): Promise<Starter[]> {
  if (!files.includes('go.mod')) return [];
  const commands = (await entriesOf(join(folder, 'cmd'), 'folders')).map((name) => `cmd/${name}`);
  const packages = files.includes('main.go') || commands.length === 0 ? ['', ...commands] : commands;
  return packages.map((name) => ({
    title: title('Go', name),
    debug: { type: 'go', request: 'launch', mode: 'debug', program: path(name), ...cwd },
  }));
}

async function dotnet({ folder, files, path, title, cwd }: Place): Promise<Starter[]> {
  const projects = files.filter((file) => file.endsWith('.csproj'));
  return Promise.all(
    projects.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '');
      const framework = /<TargetFramework>\s*([^<;\s]+)/.exec(text)?.[1] ?? 'net8.0';
      const name = /<AssemblyName>\s*([^<\s]+)/.exec(text)?.[1] ?? basename(file, '.csproj');
      const program = path(`bin/Debug/${framework}/${name}.dll`);
      return { title: title('.NET', file), debug: { type: 'coreclr', request: 'launch', program, ...cwd } };
    }),
  );
}

async function rust({ folder, files, path, title, cwd }: Place): Promise<Starter[]> {
  if (!files.includes('Cargo.toml')) return [];
  const text = await readFile(join(folder, 'Cargo.toml'), 'utf8').catch(() => '');
  const name = /^\[package\][^[]*?^name\s*=\s*["']([^"']+)/ms.exec(text)?.[1];
  if (name === undefined) return [];
  const program = path(`target/debug/${name}`);
  return [{ title: title('Rust', name), debug: { type: 'lldb', request: 'launch', program, ...cwd } }];
}

async function entriesOf(folder: string, kind: 'files' | 'folders'): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []); // Nothing is found there.
  return entries
    .filter((entry) => (kind === 'files' ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name)
    .sort();
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // Somebody is writing it, or it is torn: the other files still tell something.
  }
}
