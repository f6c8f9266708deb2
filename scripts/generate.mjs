// Writes what follows from schemas/launch.schema.json: its TypeScript types and the README's table of
// attributes. With --check it writes nothing and fails when either is stale.
import { readFile, writeFile } from 'node:fs/promises';
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
const begin = '<!-- attributes: generated from schemas/launch.schema.json, do not edit -->';
const end = '<!-- /attributes -->';
const table = [
  '| attribute | default | meaning |',
  '| --- | --- | --- |',
  ...rows(schema.properties, schema.required),
].join('\n');
const readme = await readFile('README.md', 'utf8');
const [before, rest] = readme.split(begin);
if (rest === undefined || !rest.includes(end))
  throw new Error(`Cannot find "${begin}" and "${end}" in README.md.`);
const documented = await format(`${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1]}`, {
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
