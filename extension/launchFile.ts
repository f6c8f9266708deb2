import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';

/**
 * Where an attribute of a launch configuration stands in a file, as an offset and a length; where it is missing, the part
 * of the configuration that it would be in. `at`: where the file has its list of configurations, `["configurations"]` for
 * launch.json. `attribute`: a path with dots, e.g. "agent.image" or "ports.0". `undefined`: the file has no such
 * configuration.
 */
export function placeOf(
  text: string,
  { at, name, attribute = '' }: { at: readonly string[]; name: string; attribute?: string | undefined },
): { offset: number; length: number } | undefined {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const configurations = root && findNodeAtLocation(root, [...at]);
  const configuration = configurations?.children?.find(
    (one) => findNodeAtLocation(one, ['name'])?.value === name,
  );
  if (configuration === undefined) return undefined;
  let place = configuration;
  for (const part of attribute.split('.')) {
    const inside: Node | undefined = findNodeAtLocation(place, [
      place.type === 'array' ? Number(part) : part,
    ]);
    if (inside === undefined) break;
    place = inside;
  }
  // With its name.
  const { offset, length } = place.parent?.type === 'property' ? place.parent : place;
  return { offset, length };
}
