import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import {
  osascriptPrompt,
  powerShellPrompt,
  shellWord,
  windowsWord,
} from '../../../adapter/machine/elevated/prompts.ts';

const words = [
  ...[
    '',
    'plain',
    'two words',
    ' ',
    'tab\there',
    'new\nline',
    "it's",
    "''",
    '"quoted"',
    '\\',
    'a\\b',
    'a\\\\',
  ],
  ...[
    '\\"',
    '\\\\"',
    'C:\\Program Files\\nodejs\\node.exe',
    'C:\\folder with blank\\',
    '$HOME',
    '`id`',
    '$(id)',
  ],
  ...['%PATH%', '^&|<>', '!x!', ';', '*', '#', '~', '-n', 'é 漢 🎉', 'it\u2019s \u2018so\u201a\u201b'],
];

test.each(words)('sh reads %j as it was', (word) => {
  const printed = execFileSync('/bin/sh', ['-c', `printf '%s|' ${shellWord(word)} ${shellWord('next')}`]);
  expect(printed.toString()).toBe(`${word}|next|`);
});

test('the prompt of macOS: what AppleScript hands to sh is the command, in the background, its outputs closed', () => {
  const [program, option, statement = ''] = osascriptPrompt(['printf', '%s|', ...words], 'For "hosts" \\o/');
  expect([program, option]).toEqual(['/usr/bin/osascript', '-e']);
  const literal = '"((?:[^"\\\\]|\\\\["\\\\])*)"';
  const [, script = '', reason = ''] =
    new RegExp(`^do shell script ${literal} with prompt ${literal} with administrator privileges$`).exec(
      statement,
    ) ?? [];
  const unescaped = (text: string) => text.replaceAll(/\\(["\\])/g, '$1');
  expect(unescaped(reason)).toBe('For "hosts" \\o/');
  const ending = ' </dev/null >/dev/null 2>&1 &';
  expect(unescaped(script).endsWith(ending)).toBe(true);
  const printed = execFileSync('/bin/sh', ['-c', unescaped(script).slice(0, -ending.length)]);
  expect(printed.toString()).toBe(words.map((word) => `${word}|`).join(''));
});

/** CommandLineToArgvW's rules for what follows the program's name. */
function takenApart(line: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < line.length) {
    while (' \t'.includes(line.charAt(at)) && at < line.length) at++;
    if (at >= line.length) break;
    let word = '';
    for (let quoted = false; at < line.length && (quoted || !' \t'.includes(line.charAt(at)));) {
      const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
      at += slashes;
      if (line.charAt(at) === '"') {
        word += '\\'.repeat(Math.floor(slashes / 2));
        if (slashes % 2 === 1) word += '"';
        else quoted = !quoted;
        at++;
      } else {
        word += '\\'.repeat(slashes);
        if (slashes === 0) word += line.charAt(at++);
      }
    }
    found.push(word);
  }
  return found;
}

test('Windows takes a command line apart into the words it was made of', () => {
  expect(takenApart(words.map(windowsWord).join(' '))).toEqual(words);
});

function script(command: string[]): string {
  expect(command.slice(0, -1)).toEqual([
    ...['powershell.exe', '-NoProfile', '-NonInteractive', '-EncodedCommand'],
  ]);
  return Buffer.from(command.at(-1) ?? '', 'base64').toString('utf16le');
}

test('the prompt of Windows: one script, in which quotes of every kind are doubled', () => {
  expect(script(powerShellPrompt(['C:\\it\u2019s\\node.exe', 'main.js', "don't", 'two words']))).toBe(
    "$ErrorActionPreference = 'Stop'; Start-Process -Verb RunAs -WindowStyle Hidden " +
      "-FilePath 'C:\\it\u2019\u2019s\\node.exe' -ArgumentList 'main.js don''t \"two words\"'",
  );
  expect(script(powerShellPrompt(['whoami.exe']))).not.toContain('ArgumentList');
});
