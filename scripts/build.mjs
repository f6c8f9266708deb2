// Bundles the adapter into dist/main.js, and the agent into the text that a pod's arguments carry.
import { mkdir, writeFile, chmod } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

// The kernel takes 131,071 bytes per argument (MAX_ARG_STRLEN); the limit leaves room for growth to be noticed.
const largestPayload = 100 * 1024;

await mkdir('dist', { recursive: true });
const agent = await build({
  entryPoints: ['agent/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  write: false,
});
const payload = brotliCompressSync(agent.outputFiles[0].contents, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
}).toString('base64');
if (payload.length > largestPayload) {
  throw new Error(`Cannot pack the agent: ${payload.length} bytes encoded, ${largestPayload} are allowed.`);
}
await writeFile('dist/agent.b64', payload);

await build({
  entryPoints: ['adapter/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outfile: 'dist/main.js',
  sourcemap: true,
  // CommonJS dependencies in an ES module bundle call `require` for Node's own modules.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);",
  },
  // jsonc-parser's CommonJS build loads its parts in a way that cannot be bundled.
  mainFields: ['module', 'main'],
  // ws takes these when they are installed; it works without them.
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'warning',
});
await chmod('dist/main.js', 0o755);
