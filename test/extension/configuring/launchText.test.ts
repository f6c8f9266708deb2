import { expect, test } from '@jest/globals';
import { completed, findNamed } from '../../../extension/configuring/launchText.ts';

const text = `// What runs here.
{
    "version": "0.2.0",
    "configurations": [
        { "name": "other", "type": "node" }, // stays
        {
            "name": "web",
            "env": { "A": "b" },
            /* ours */
            "type": "localprocess-k8s",
        },
    ],
}
`;

test('attributes come into the configuration of the name; all else stays, comments too', () => {
  const anew = completed(text, 'web', { target: 'service/web', ports: ['3000:http'] });
  expect(anew).toBe(
    text.replace(
      `"type": "localprocess-k8s",`,
      `"type": "localprocess-k8s",
            "target": "service/web",
            "ports": [
                "3000:http"
            ],`,
    ),
  );
  expect(findNamed(anew, 'web')?.value).toMatchObject({ target: 'service/web', env: { A: 'b' } });
});

test('an attribute that is there already is replaced', () => {
  expect(completed(text, 'other', { type: 'go' })).toBe(text.replace('"node"', '"go"'));
});

test('the layout is the file’s: tabs, and line ends of Windows', () => {
  const tabs = '{\r\n\t"configurations": [\r\n\t\t{\r\n\t\t\t"name": "web"\r\n\t\t}\r\n\t]\r\n}';
  expect(completed(tabs, 'web', { target: 'web' })).toBe(
    tabs.replace('"name": "web"', '"name": "web",\r\n\t\t\t"target": "web"'),
  );
});

test('of two with the same name the first is meant, as in the editor', () => {
  const two = '{"configurations":[{"name":"a","n":1},{"name":"a","n":2}]}';
  expect(findNamed(two, 'a')?.value).toEqual({ name: 'a', n: 1 });
});

test.each(['', 'no JSON', '[]', '{"configurations":{}}', '{"configurations":[null,1,"web",{"name":2}]}'])(
  'in %j there is none',
  (strange) => {
    expect(findNamed(strange, 'web')).toBeUndefined();
    expect(completed(strange, 'web', { target: 'web' })).toBe(strange);
  },
);
