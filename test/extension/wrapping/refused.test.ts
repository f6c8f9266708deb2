import { expect, test } from '@jest/globals';
import { beforeVariables, withVariables } from '../../../extension/wrapping/wrapped.ts';
import { editorWith, ours, wrappedDebug } from './editor.ts';

test.each([
  ['a child session', { type: 'localprocess-k8s', request: 'attach', __localprocess: { port: 1 } }],
  ['no configuration inside', { ...ours }],
  ['something else inside', { ...ours, debug: 'Launch web' }],
])('%s: the configuration stays as it is', async (_, configuration) => {
  const { configuration: before } = await beforeVariables(configuration, editorWith());
  expect(before).toEqual(configuration);
  expect((await withVariables(before, editorWith()))?.configuration).toEqual(configuration);
});

test.each(['command:js.pick', 'input:name'])(
  'a variable that is still there, because the user has not chosen: %s',
  async (variable) => {
    const configuration = { ...ours, debug: { type: 'node', args: [`a \${${variable}}`] } };
    expect(await withVariables(configuration, editorWith())).toBeUndefined();
  },
);

test('nobody was picked: the launch is given up in silence', async () => {
  const pickProcess = () => Promise.resolve(undefined);
  const configuration = { ...ours, debug: { type: 'go', request: 'attach' } };
  expect(await withVariables(configuration, editorWith({ pickProcess }))).toBeUndefined();
});

test.each([
  [
    'an environment file that is missing',
    { type: 'go', program: '.', envFile: '/no/such.env' },
    /^Cannot read the variables in "\/no\/such\.env": ENOENT.* Correct "envFile" in "debug", or leave it out\.$/,
  ],
  [
    'a folder as environment file',
    { type: 'coreclr', envFile: '/tmp' },
    /^Cannot read the variables in "\/tmp": EISDIR/,
  ],
  ['a quote that is not closed', { type: 'go', program: '.', args: `a "b` }, /a " is not closed/],
  ['cargo', { type: 'lldb', cargo: { args: ['build'] } }, /^Cannot build with "cargo"/],
  [
    'a process id that is none',
    { type: 'node', request: 'attach', processId: 'server' },
    'Cannot attach to "server": it is no process id. Correct "processId" in "debug".',
  ],
  [
    'a process that has ended',
    { type: 'node', request: 'attach', processId: '4194304' },
    /^Cannot have process 4194304 take a debugger: .*ESRCH.*start the process with "--inspect"/,
  ],
  [
    'a command of nobody',
    { type: 'own', port: '${command:askPort}' },
    'Cannot fill in "${command:askPort}": no installed extension debugs "own". Install the one that does, or write the value itself in "debug".',
  ],
])('%s is refused', async (_, debug, message) => {
  await expect(wrappedDebug(debug)).rejects.toThrow(message);
});

test('a command that the type’s extension does not have is refused', async () => {
  const debug = { type: 'node', port: '${command:askPort}' };
  const editor = editorWith({ debuggers: { node: { PickProcess: 'js.pick' } } });
  await expect(beforeVariables({ ...ours, debug }, editor)).rejects.toThrow(
    'Cannot fill in "${command:askPort}": the extension "the.node-extension" has no such command for "node". Correct it in "debug", or write the value itself.',
  );
});
