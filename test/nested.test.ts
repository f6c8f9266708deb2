import { expect, test } from '@jest/globals';
import { LaunchError } from '../adapter/errors.ts';
import { nested } from '../adapter/nested.ts';

const debug = { type: 'pwa-node', program: 'server.js' };

test('objects, texts, lists and numbers stay as they are', () => {
  const args = { target: 'web', ports: ['3000:{http}'], debug, trace: true, log: null, n: 1 };
  expect(nested(args)).toEqual(args);
});

test('a text that begins with "{" is an object', () => {
  const args = { target: 'web', debug: JSON.stringify(debug), agent: '{"image": "a"}' };
  expect(nested(args)).toEqual({ target: 'web', debug, agent: { image: 'a' } });
});

test.each(['{', '{"type": }', '{type: "go"}', '{"type": "go"', '{"type": "go"} '.repeat(2)])(
  'what is not JSON is refused by the attribute’s name: %s',
  (text) => {
    const read = () => nested({ target: 'web', debug: text });
    expect(read).toThrow(LaunchError);
    expect(read).toThrow(
      /^Cannot use the launch configuration: "debug" is a text that begins with "\{", so it has to be JSON, and is not: .+\.$/,
    );
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({ code: 'configuration-invalid', attribute: 'debug' });
    }
  },
);

test('Helix’s working folder becomes the debugger’s', () => {
  const args = { target: 'web', cwd: '/shop' };
  expect(nested({ ...args, debug }, 'hx')).toEqual({ target: 'web', debug: { ...debug, cwd: '/shop' } });
});

test('Helix’s working folder gives way to that of "debug", and says nothing to a process that runs already', () => {
  const args = { target: 'web', cwd: '/shop' };
  expect(nested({ ...args, debug: { ...debug, cwd: '/web' } }, 'hx')).toEqual({
    target: 'web',
    debug: { ...debug, cwd: '/web' },
  });
  const attach = { type: 'pwa-node', request: 'attach' };
  expect(nested({ ...args, debug: attach }, 'hx')).toEqual({ target: 'web', debug: attach });
});

test.each([undefined, 'text', ['a'], null, 5])(
  'what Helix sends beside a "debug" that is %p is no crash',
  (value) => {
    expect(nested({ cwd: '/shop', debug: value }, 'hx')).toEqual({ debug: value });
  },
);

test('any other editor’s "cwd" stays: it is a mistake that the user is told of', () => {
  expect(nested({ target: 'web', debug, cwd: '/shop' }, 'vscode')).toEqual({
    target: 'web',
    debug,
    cwd: '/shop',
  });
});
