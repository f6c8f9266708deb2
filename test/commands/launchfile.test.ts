import { expect, test } from '@jest/globals';
import { parse } from 'jsonc-parser';
import { LaunchFile } from '../../adapter/commands/init/launchfile.ts';
import type { Layout } from '../../adapter/commands/init/jsontext.ts';

const print = ({ eol, indent, unit }: Layout) =>
  ['{', `${indent}${unit}"name": "new"`, `${indent}}`].join(eol);
const file = (text: string) => LaunchFile.of('launch.json', Buffer.from(text));
const withNew = (text: string, name = 'new') => file(text).with(name, print);

const lines = (...text: string[]) => text.join('\n');

test.each([
  [
    'nothing',
    '',
    lines(
      '{',
      '  "version": "0.2.0",',
      '  "configurations": [',
      '    {',
      '      "name": "new"',
      '    }',
      '  ]',
      '}',
      '',
    ),
  ],
  [
    'blanks',
    ' \n\n',
    lines(
      '{',
      '  "version": "0.2.0",',
      '  "configurations": [',
      '    {',
      '      "name": "new"',
      '    }',
      '  ]',
      '}',
      '',
    ),
  ],
  [
    'a comment',
    '// mine',
    lines(
      '// mine',
      '{',
      '  "version": "0.2.0",',
      '  "configurations": [',
      '    {',
      '      "name": "new"',
      '    }',
      '  ]',
      '}',
      '',
    ),
  ],
  [
    'an empty object',
    '{}',
    lines('{', '  "configurations": [', '    {', '      "name": "new"', '    }', '  ]', '}'),
  ],
  [
    'an object without the list',
    lines('{', '\t"version": "0.2.0" // as ever', '}'),
    lines(
      '{',
      '\t"version": "0.2.0", // as ever',
      '\t"configurations": [',
      '\t\t{',
      '\t\t\t"name": "new"',
      '\t\t}',
      '\t]',
      '}',
    ),
  ],
  [
    'an empty list',
    '{ "configurations": [] }',
    lines('{ "configurations": [', '  {', '    "name": "new"', '  }', '] }'),
  ],
  [
    'a list with nothing but a comment',
    lines('{', '    "configurations": [', '        // later', '    ]', '}'),
    lines(
      '{',
      '    "configurations": [',
      '        // later',
      '        {',
      '            "name": "new"',
      '        }',
      '    ]',
      '}',
    ),
  ],
  [
    'comments around the last configuration, and a comma after it',
    lines(
      '{',
      '  "configurations": [',
      '    { "name": "a" }, // first',
      '    /* before, */ { "name": "b" }, // last, with "]" in it',
      '    // end',
      '  ],',
      '}',
    ),
    lines(
      '{',
      '  "configurations": [',
      '    { "name": "a" }, // first',
      '    /* before, */ { "name": "b" }, // last, with "]" in it',
      '    // end',
      '    {',
      '      "name": "new"',
      '    },',
      '  ],',
      '}',
    ),
  ],
  [
    'comments around the last configuration, and no comma',
    lines(
      '{',
      '  "configurations": [',
      '    {',
      '      "name": "a"',
      '    } // last, really',
      '    // end',
      '  ]',
      '}',
    ),
    lines(
      '{',
      '  "configurations": [',
      '    {',
      '      "name": "a"',
      '    }, // last, really',
      '    // end',
      '    {',
      '      "name": "new"',
      '    }',
      '  ]',
      '}',
    ),
  ],
  [
    'everything in one line',
    '{"configurations":[{"name":"a"}],"inputs":[]}',
    lines('{"configurations":[{"name":"a"},', '  {', '    "name": "new"', '  }', '],"inputs":[]}'),
  ],
  [
    'Windows line ends',
    '{\r\n\t"configurations": [\r\n\t\t{ "name": "a" }\r\n\t]\r\n}\r\n',
    '{\r\n\t"configurations": [\r\n\t\t{ "name": "a" },\r\n\t\t{\r\n\t\t\t"name": "new"\r\n\t\t}\r\n\t]\r\n}\r\n',
  ],
  [
    'a byte order mark',
    '\uFEFF{"configurations":[]}',
    lines('\uFEFF{"configurations":[', '  {', '    "name": "new"', '  }', ']}'),
  ],
  [
    'a list that is there twice: the last counts',
    '{"configurations":[],"configurations":[]}',
    lines('{"configurations":[],"configurations":[', '  {', '    "name": "new"', '  }', ']}'),
  ],
])('a configuration is added to a file with %s', (_, before, after) => {
  expect(withNew(before)).toBe(after);
});

test('a configuration of that name is replaced where it is, and nothing else', () => {
  const before = lines(
    '{',
    '  "configurations": [',
    '    // mine',
    '    { "name": "new", /* old */ "type": "x" }, // here',
    '    { "name": "b" },',
    '  ]',
    '}',
  );
  const after = lines(
    '{',
    '  "configurations": [',
    '    // mine',
    '    {',
    '      "name": "new"',
    '    }, // here',
    '    { "name": "b" },',
    '  ]',
    '}',
  );
  expect(withNew(before)).toBe(after);
  expect(withNew(after)).toBe(after);
});

test('what there is', () => {
  const text =
    '{"configurations": [{"name": "a", "type": "node"}, 7, {"type": 1}, null], "compounds": [{"name": "c"}]}';
  expect(file(text).configurations).toEqual([
    { name: 'a', type: 'node', value: { name: 'a', type: 'node' } },
    { name: undefined, type: undefined, value: { type: 1 } },
  ]);
  expect(file('').configurations).toEqual([]);
});

test.each([
  ['{"configurations": [}', '1:21: A value is expected here.'],
  ['{\n  "configurations": [\n    {"name" "a"}\n  ]\n}', '3:13: A colon is missing before this.'],
  ['{\n  "version": "0.2.0"\n  "configurations": []\n}', '3:3: A comma is missing before this.'],
  ['{"a": 1', '1:8: A "}" is missing before this.'],
  ['{"a": [1', '1:9: A "]" is missing before this.'],
  ['{} {}', '1:4: Here the file should end.'],
  ['{a: 1}', '1:2: This is no JSON.'],
  ['{"a": "b}', '1:7: This text has no end.'],
  ['{"a": "\\x"}', '1:7: This text has a backslash before what needs none.'],
  ['/* never', '1:1: This comment has no end.'],
  ['[]', '1:1: It has to be an object, {…}.'],
  ['"text"', '1:1: It has to be an object, {…}.'],
  ['{\r\n  "configurations": {}\r\n}', '2:21: "configurations" has to be a list, […].'],
  ['<<<<<<< HEAD\n{}', '1:1: This is no JSON.'],
])('what is no launch.json is named with line and column: %j', (text, says) => {
  const [, place, words] = /^(\d+:\d+): (.*)$/.exec(says) ?? [];
  const message = `Cannot read "launch.json:${place}": ${words} Correct it there; the file stays as it is.`;
  expect(() => file(text)).toThrow(message);
});

test('bytes that are no text in UTF-8', () => {
  expect(() => LaunchFile.of('launch.json', Buffer.from('{"a": "ä"}', 'latin1'))).toThrow(
    /it is no text in UTF-8/,
  );
});

/** Numbers that look random and are the same each time (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test('whatever a file looks like, all of it stays, and it has one configuration more', () => {
  for (let seed = 0; seed < 3000; seed++) {
    const next = random(seed);
    const eol = next(2) === 0 ? '\n' : '\r\n';
    const pick = (...texts: string[]) => texts[next(texts.length)] ?? '';
    const blank = () =>
      Array.from({ length: next(4) }, () =>
        pick(' ', '\t', eol, `// ], "x" }${eol}`, '/* ,{ */', `/*${eol}*/`, '  '),
      ).join('');
    const join = (items: string[], [open, close]: [string, string]) => {
      const inside = items.map((item) => blank() + item + blank()).join(',');
      return open + inside + (items.length > 0 && next(2) === 0 ? `,${blank()}` : blank()) + close;
    };
    const configuration = (index: number) =>
      join(
        [`"name"${blank()}:${blank()}"c${index}"`, ...(next(2) ? ['"args": ["}", "//"]'] : [])],
        ['{', '}'],
      );
    const list = join(
      Array.from({ length: next(4) }, (_, index) => configuration(index)),
      ['[', ']'],
    );
    const properties = [
      ...(next(2) ? ['"version": "0.2.0"'] : []),
      ...(next(5) ? [`"configurations":${blank()}${list}`] : []),
      ...(next(2) ? ['"inputs": [{"id": "a"}]'] : []),
    ];
    const before = blank() + join(properties, ['{', '}']) + blank();
    const after = withNew(before);
    const [was, is] = [before, after].map(
      (text) => parse(text, [], { allowTrailingComma: true }) as { configurations?: unknown[] },
    );
    expect({ seed, is }).toEqual({
      seed,
      is: { ...was, configurations: [...(was?.configurations ?? []), { name: 'new' }] },
    });
    expect({ seed, kept: isWithin(before, after) }).toEqual({ seed, kept: true });
    // What it wrote itself, it reads and replaces.
    expect({ seed, again: parse(withNew(after), [], { allowTrailingComma: true }) as unknown }).toEqual({
      seed,
      again: is,
    });
    expect(after.includes(eol === '\n' ? '\r\n' : '\u0000')).toBe(false);
  }
});

/** Whether a text is what is left of another when a comma and one piece are taken out. */
function isWithin(text: string, longer: string): boolean {
  const commas = [...longer.matchAll(/,/g)].map(({ index }) => index);
  const candidates = [longer, ...commas.map((at) => longer.slice(0, at) + longer.slice(at + 1))];
  return candidates.some((candidate) => {
    let before = 0;
    while (before < text.length && text[before] === candidate[before]) before++;
    let after = 0;
    while (after < text.length && text.at(-1 - after) === candidate.at(-1 - after)) after++;
    return before + after >= text.length;
  });
}
