import { findNodeAtLocation } from 'jsonc-parser';
import { rootOf, without } from './jsonc.ts';
import type { Target } from './target.ts';
import type { TaskReference } from './tasks.ts';

/** What stands beside `debug` in the configuration that is made. */
interface Around {
  target: Target;
  /** What is still to be run before; `undefined`: nothing. */
  preLaunchTask: TaskReference | undefined;
}

/**
 * The text of a launch.json in which the configuration at a place of its list is wrapped: with its own text, comments
 * included, one level deeper as `debug`.
 */
export function wrap(launch: string, index: number, { target, preLaunchTask }: Around): string {
  const root = rootOf(launch, 'launch.json');
  const node = findNodeAtLocation(root, ['configurations', index]);
  if (node === undefined) throw new Error(`Cannot find configuration ${index + 1} of "launch.json".`);
  const text = launch.slice(node.offset, node.offset + node.length);
  const valueOf = (name: string) => {
    const value = findNodeAtLocation(node, [name]);
    return value && launch.slice(value.offset, value.offset + value.length);
  };
  const { margin, indent, eol } = layoutOf(launch, node.offset);
  const inner = ['name', 'presentation', 'preLaunchTask'].reduce((now, name) => without(now, [name]), text);
  const json = (value: unknown) => JSON.stringify(value).replaceAll('","', '", "');
  const properties: [string, string | undefined][] = [
    ['name', valueOf('name')],
    ['type', json('localprocess-k8s')],
    ['request', valueOf('request') ?? json('launch')],
    ...Object.entries(target).map(([name, value]): [string, string] => [name, json(value)]),
    ['preLaunchTask', preLaunchTask === undefined ? undefined : json(preLaunchTask)],
    ['presentation', valueOf('presentation')],
    ['debug', deeper(inner, indent)],
  ];
  const lines = properties.flatMap(([name, value]) =>
    value === undefined ? [] : [`${margin}${indent}"${name}": ${value}`],
  );
  const made = ['{', lines.join(`,${eol}`), `${margin}}`].join(eol);
  return launch.slice(0, node.offset) + made + launch.slice(node.offset + node.length);
}

/** Every line but the first, moved to the right. */
function deeper(text: string, indent: string): string {
  return text.replace(/\n(?=[^\r\n])/g, `\n${indent}`);
}

/** How the file is written where a configuration begins. */
function layoutOf(text: string, offset: number): { margin: string; indent: string; eol: string } {
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  const margin = /^[ \t]*/.exec(line)?.[0] ?? '';
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return { margin, indent: unit.startsWith('\t') ? '\t' : unit, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}
