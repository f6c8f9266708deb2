import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, type JSONPath } from 'jsonc-parser';
import { isObject } from '../wrapping/outer.ts';

export type Attributes = Record<string, unknown>;

/**
 * The text of a launch.json with attributes written into the configuration of a name. Comments stay, and the layout but for
 * that of the attribute before.
 */
export function completed(text: string, name: string, attributes: Attributes): string {
  const path = findNamed(text, name)?.path;
  if (path === undefined) return text;
  const indent = /^(\t| +)\S/m.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: indent !== '\t',
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  return Object.entries(attributes).reduce(
    (before, [attribute, value]) =>
      applyEdits(before, modify(before, [...path, attribute], value, { formattingOptions })),
    text,
  );
}

/** Where the configuration of a name stands in a launch.json, and what it says; of two the first counts, as in the editor. */
export function findNamed(text: string, name: string): { path: JSONPath; value: Attributes } | undefined {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const list = tree && findNodeAtLocation(tree, ['configurations']);
  const values: unknown[] = (list?.children ?? []).map((node) => getNodeValue(node) as unknown);
  const at = values.findIndex((one) => isObject(one) && one.name === name);
  return at === -1 ? undefined : { path: ['configurations', at], value: values[at] as Attributes };
}
