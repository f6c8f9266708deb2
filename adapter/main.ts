import { fileURLToPath } from 'node:url';
import { commandInvalid, helpOf, usageOf, type Command } from './commands/command.ts';
import { dap } from './commands/dap.ts';
import { doctor } from './commands/doctor.ts';
import { env } from './commands/env.ts';
import { init } from './commands/init.ts';
import { list } from './commands/list.ts';
import { restore } from './commands/restore.ts';
import { run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { tell } from './commands/terminal.ts';
import { LaunchError, messageOf } from './errors.ts';
import { runLauncher } from './exec.ts';
import { serveHelper } from './machine/administrator.ts';
import { didYouMean } from './nearest.ts';

const commands = [dap, run, env, list, init, doctor, status, restore];
const usage = [
  ...commands.map((command) => `${usageOf(command)}\n    ${command.summary}`),
  'usage: localprocess-k8s COMMAND --help',
].join('\n');

/** What this program starts of itself: nobody types these. */
const internal: Record<string, ((args: string[]) => Promise<void>) | undefined> = {
  exec: runLauncher,
  helper: serveHelper,
};

const mainScript = fileURLToPath(import.meta.url);
// Whoever read them may be gone, as with "| head", or with a terminal that was closed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const [first, ...rest] = args;
  if (first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(`${usage}\n`);
    return;
  }
  // Editors start the adapter without a command, with options or none.
  const command =
    first === undefined || first.startsWith('-') ? dap : commands.find(({ name }) => name === first);
  try {
    if (first !== undefined && internal[first]) {
      await internal[first](rest);
      return;
    }
    if (command === undefined)
      throw commandInvalid(
        `There is no command "${first ?? ''}"${didYouMean(
          first ?? '',
          commands.map(({ name }) => name),
        )}`,
      );
    await start(command, command.name === first ? rest : args);
  } catch (error) {
    const wrong = error instanceof LaunchError && error.code === 'command-invalid';
    if (wrong)
      process.stderr.write(`localprocess-k8s: ${error.message}\n${command ? usageOf(command) : usage}\n`);
    else tell(`${error instanceof LaunchError ? `error ${error.number}: ` : ''}${messageOf(error)}`);
    process.exitCode = wrong ? 2 : 1;
  }
}

async function start(command: Command, args: string[]): Promise<void> {
  const end = args.findIndex((arg) => arg === '--' || arg === command.tail);
  const own = end === -1 ? args : args.slice(0, end);
  if (own.includes('--help') || own.includes('-h')) process.stdout.write(`${helpOf(command)}\n`);
  else process.exitCode = await command.start(args, mainScript);
}
