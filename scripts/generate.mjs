// Writes what follows from schemas/launch.schema.json, its TypeScript types and the README's table of
// attributes, from adapter/machine/environment/localnames.ts, the README's list of names, and from
// extension/wrapping/additions.ts, the table of the extension's README. With --check it writes nothing and fails when one is stale.
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

/** What a TypeScript file without imports exports. */
async function load(file) {
  const { code } = await transform(await readFile(file, 'utf8'), { loader: 'ts' });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
const { ofThisMachine } = await load('adapter/machine/environment/localnames.ts');
const names = [
  '| variables | why |',
  '| --- | --- |',
  ...ofThisMachine.map(([reason, list]) => {
    const each = list.split(' ').map((name) => `\`${name}\``);
    return `| ${each.join(' ')} | ${reason} |`;
  }),
].join('\n');

const { additions } = await load('extension/wrapping/additions.ts');
const suppliers = { extension: 'this extension', adapter: 'the adapter', editor: 'VS Code', nobody: '' };
const wrapping = additions
  .map(({ types, of, rows }) => {
    const title = types.length === 0 ? 'every type' : types.map((type) => `\`${type}\``).join(', ');
    return [
      `**${title}**, ${types.length === 0 ? of : `alone \`${of}\``}`,
      '',
      '| adds | when wrapped | by |',
      '| --- | --- | --- |',
      ...rows.map(({ adds, here, by }) => `| ${adds} | ${here} | ${suppliers[by]} |`),
    ].join('\n');
  })
  .join('\n\n');

/** The text with what stands between two comments replaced. */
function withPart(text, [begin, end], part) {
  const [before, rest] = text.split(begin);
  if (rest === undefined || !rest.includes(end)) throw new Error(`Cannot find "${begin}" and "${end}".`);
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
const added = [
  '<!-- wrapping: generated from extension/wrapping/additions.ts, do not edit -->',
  '<!-- /wrapping -->',
];

/** A Markdown file with its parts replaced. */
async function documented(file, ...parts) {
  const text = await readFile(file, 'utf8');
  const replaced = parts.reduce((before, [marks, part]) => withPart(before, marks, part), text);
  return format(replaced, { ...(await resolveConfig(file)), parser: 'markdown' });
}

let stale = false;
for (const [file, text] of [
  ['schemas/launch.d.ts', types],
  ['README.md', await documented('README.md', [attributes, table], [staying, names])],
  ['extension/README.md', await documented('extension/README.md', [added, wrapping])],
]) {
  if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
  if (!check) await writeFile(file, text);
  else {
    stale = true;
    console.error(`"${file}" is stale: run "npm run generate".`);
  }
}
process.exit(stale ? 1 : 0);
