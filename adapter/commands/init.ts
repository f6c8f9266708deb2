import { join, resolve } from 'node:path';
import { didYouMean, quoted } from '../nearest.ts';
import { printAnswer } from './answer.ts';
import { askingOptions, connectTimeoutOf } from './attributes.ts';
import { commandInvalid, parse, type Command, type Options } from './command.ts';
import { chooseParts, workspaceOf } from './init/choices.ts';
import { Dialogue } from './init/dialogue.ts';
import { editors, printFor, type Editor } from './init/editors.ts';
import { LaunchFile } from './init/launchfile.ts';
import { wrap } from './init/wrapping.ts';
import { writeConfiguration } from './init/write.ts';
import { interruptible, tell } from './terminal.ts';

const options = {
  editor: { type: 'string', value: 'EDITOR', help: `${editors.join(', ')}. Default: vscode.` },
  file: {
    type: 'string',
    value: 'FILE',
    help: 'The launch.json to write, and with the configurations to wrap. Default: .vscode/launch.json.',
  },
  name: { type: 'string', value: 'NAME', help: "The configuration's. Default: made of the target's." },
  force: { type: 'boolean', help: 'Replace the configuration that has that name already.' },
  target: { type: 'string', value: 'TARGET', help: 'What to stand in for, e.g. "service/web".' },
  port: {
    type: 'string',
    multiple: true,
    value: 'LOCAL:REMOTE',
    help: "Your process's port, and the container's. Default: each port, same number.",
  },
  wrap: { type: 'string', value: 'NAME', help: 'The configuration of the launch.json to wrap.' },
  debug: { type: 'string', value: 'JSON', help: 'Or your own configuration itself.' },
  json: { type: 'boolean', help: 'Tell what was done as JSON, also what goes wrong.' },
  ...askingOptions,
} as const satisfies Options;

/** `localprocess-k8s init`: a launch configuration. */
export const init: Command = {
  name: 'init',
  synopsis: '[--editor EDITOR] [--target TARGET] [--wrap NAME | --debug JSON] [OPTION]…',
  summary: 'Makes a launch configuration, and asks at the terminal for what is not given.',
  options,
  async start(args, mainScript) {
    const { values } = parse(args, options);
    const { json = false, force = false, file: path = join('.vscode', 'launch.json') } = values;
    const editor = editorNamed(values.editor ?? 'vscode');
    const connectTimeoutSeconds = connectTimeoutOf(values['connect-timeout']);
    if (force && editor !== 'vscode')
      throw commandInvalid(`"--force" says nothing with "--editor ${editor}": nothing is written.`);
    if (json && editor !== 'vscode')
      throw commandInvalid(
        `"--json" says nothing with "--editor ${editor}": that editor's own language is printed.`,
      );

    return interruptible(async (signal) => {
      const make = async () => {
        // What is not needed cannot be wrong.
        const needed = editor === 'vscode' || values.debug === undefined;
        const file = needed ? await LaunchFile.read(path) : LaunchFile.of(path, Buffer.alloc(0));
        using dialogue = json ? undefined : Dialogue.open(signal);
        const parts = await chooseParts(
          { ...values, ports: values.port },
          {
            dialogue,
            file,
            checkName: (name) => checkName(name, { file, force, editor }),
            asking: { connectTimeoutSeconds, signal },
          },
        );
        return { file, configuration: { ...wrap(parts), name: parts.name } };
      };
      if (editor !== 'vscode') {
        const { configuration } = await make();
        const { text, notes } = printFor(editor, configuration, { workspace: workspaceOf(path), mainScript });
        process.stdout.write(text);
        for (const note of notes) tell(note);
        return 0;
      }
      const write = async () => {
        const { file, configuration } = await make();
        const replaced = file.configurations.some(({ name }) => name === configuration.name);
        await writeConfiguration(file, configuration);
        return { file: resolve(path), replaced, configuration };
      };
      return printAnswer(write, {
        json,
        inWords: ({ replaced, configuration: { name } }) => [
          `"${name}" ${replaced ? 'was replaced in' : 'is now in'} "${path}".`,
        ],
      });
    });
  },
};

function editorNamed(name: string): Editor {
  const found = editors.find((editor) => editor === name);
  if (found !== undefined) return found;
  throw commandInvalid(
    `There is no editor "${name}"${didYouMean(name, editors)} There are ${quoted(editors)}.`,
  );
}

/** Two of one name cannot be told apart by VS Code, and what is not ours is not ours to replace. */
function checkName(
  name: string,
  { file, force, editor }: { file: LaunchFile; force: boolean; editor: Editor },
): void {
  if (name.trim() === '') throw commandInvalid('"--name" is empty.');
  const taken = editor === 'vscode' ? file.configurations.find((one) => one.name === name) : undefined;
  if (taken === undefined) return;
  const there = `There is a configuration "${name}" in "${file.path}" already`;
  if (taken.type !== 'localprocess-k8s')
    throw commandInvalid(`${there}, for the debugger "${taken.type ?? '?'}": choose another "--name".`);
  if (!force) throw commandInvalid(`${there}: choose another "--name", or replace it with "--force".`);
}
