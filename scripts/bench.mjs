// Bundles bench/ into a temporary folder and runs it against the cluster that KUBECONFIG names.
// usage: npm run bench [-- launches|near|far …]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

if (!process.env.KUBECONFIG) {
  throw new Error('Set KUBECONFIG: KUBECONFIG=$(scripts/real-cluster.sh | tail -n 1) npm run bench');
}
if (!existsSync('dist/main.js')) throw new Error('Run "npm run build" first: what it made is measured.');

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  await build({
    entryPoints: ['bench/main.ts', 'bench/generator.ts', 'bench/delay.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // CommonJS dependencies in an ES module bundle call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const run = spawnSync(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
