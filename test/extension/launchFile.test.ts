import { expect, test } from '@jest/globals';
import { placeOf } from '../../extension/launchFile.ts';

const text = `{
  // Mine.
  "version": "0.2.0",
  "configurations": [
    { "name": "other", "type": "node", "ports": ["1"] },
    {
      "type": "localprocess-k8s",
      "name": "web",
      "ports": [
        "3000:http",
        "3001:metrics", // the second
      ],
      "agent": { "image": "x" },
      "debug": { "type": "nod" },
    },
  ],
}
`;

/** What is selected. */
function selected(
  attribute?: string,
  name = 'web',
  at = ['configurations'],
  given = text,
): string | undefined {
  const place = placeOf(given, { at, name, attribute });
  return place && given.slice(place.offset, place.offset + place.length);
}

test.each([
  ['ports.1', '"3001:metrics"'],
  ['agent.image', '"image": "x"'],
  ['debug.type', '"type": "nod"'],
  ['agent.drainSeconds', '"agent": { "image": "x" }'],
  ['ports.x', expect.stringMatching(/^"ports": \[/)],
  ['ports.7', expect.stringMatching(/^"ports": \[/)],
])('the attribute "%s" is found: %s', (attribute, expected) => {
  expect(selected(attribute)).toEqual(expected);
});

test.each([undefined, '', 'namespace'])('without the attribute (%s), the configuration', (attribute) => {
  expect(selected(attribute)).toMatch(/^\{\s+"type": "localprocess-k8s"[^]+\}$/);
});

test('a workspace’s file has the list further inside', () => {
  const given = `{ "folders": [], "launch": { "configurations": [{ "name": "web", "target": "x" }] } }`;
  expect(selected('target', 'web', ['launch', 'configurations'], given)).toBe('"target": "x"');
});

test.each([
  ['no such name', text],
  ['web', ''],
  ['web', '{'],
  ['web', '[]'],
  ['web', '{"configurations": 3}'],
  ['web', '{"configurations": [null, 3, "web"]}'],
])('a file without the configuration "%s": %j', (name, given) => {
  expect(placeOf(given, { at: ['configurations'], name })).toBeUndefined();
});
