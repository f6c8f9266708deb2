// Writes what follows from schemas/launch.schema.json, its TypeScript types and the README's table of
// attributes, and from adapter/machine/environment/localnames.ts, the README's list of names. With --check it writes nothing and fails when either is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';

const check = process.argv.includes('--check');
const schema = JSON.parse(await readFile('schemas/launch.schema.json', 'utf8'));

const types = await compile(schema, 'LaunchArguments', {
  bannerComment: '// Generated from launch.schema.json by scripts/generate.mjs. Do not edit.',
  style: { singleQuote: true, printWidth: 110 },
});

function rows(properties, required = [], prefix = '') {
  return Object.entries(properties).flatMap(([name, property]) => {
    const meaning =
      property.description.replaceAll('|', '\\|') + (required.includes(name) ? ' **Required.**' : '');
    const initial = property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
    const nested =
      property.properties && name !== 'debug' ? rows(property.properties, [], `${prefix}${name}.`) : [];
    return [`| \`${prefix}${name}\` | ${initial} | ${meaning} |`, ...nested];
  });
}
const table = [
  '| attribute | default | meaning |',
  '| --- | --- | --- |',
  ...rows(schema.properties, schema.required),
].join('\n');

const { code } = await transform(await readFile('adapter/machine/environment/localnames.ts', 'utf8'), {
  loader: 'ts',
});
const { ofThisMachine } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const names = [
  '| variables | why |',
  '| --- | --- |',
  ...ofThisMachine.map(([reason, list]) => {
    const each = list.split(' ').map((name) => `\`${name}\``);
    return `| ${each.join(' ')} | ${reason} |`;
  }),
].join('\n');

/** The text with what stands between two comments replaced. */
function withPart(text, [begin, end], part) {
  const [before, rest] = text.split(begin);
  if (rest === undefined || !rest.includes(end))
    throw new Error(`Cannot find "${begin}" and "${end}" in README.md.`);
  return `${before}${begin}\n\n${part}\n\n${end}${rest.split(end)[1]}`;
}
const attributes = [
  '<!-- attributes: generated from schemas/launch.schema.json, do not edit -->',
  '<!-- /attributes -->',
];
const staying = [
  '<!-- names: generated from adapter/machine/environment/localnames.ts, do not edit -->',
  '<!-- /names -->',
];
const readme = await readFile('README.md', 'utf8');
const documented = await format(withPart(withPart(readme, attributes, table), staying, names), {
  ...(await resolveConfig('README.md')),
  parser: 'markdown',
});

let stale = false;
for (const [file, text] of [
  ['schemas/launch.d.ts', types],
  ['README.md', documented],
]) {
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  if (!check) await writeFile(file, text);
  else {
    stale = true;
    console.error(`"${file}" is stale: run "npm run generate".`);
  }
}
process.exit(stale ? 1 : 0);
