import { fileURLToPath } from 'node:url';
import { runLauncher } from './exec.ts';
import { Journal } from './journal.ts';
import { launch } from './launch.ts';
import { Log } from './log.ts';
import { messageOf } from './errors.ts';
import { serveHelper } from './machine/administrator.ts';
import { restore } from './restore.ts';
import { serveStdio, serveTcp } from './session.ts';

const usage = `usage: localprocess-k8s [dap] [--listen PORT] [--debugger TYPE]   serve the Debug Adapter Protocol
       localprocess-k8s restore [--session ID] [--quiet]         undo what a dead session left`;

const mainScript = fileURLToPath(import.meta.url);

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`localprocess-k8s: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function run([command = 'dap', ...args]: string[]): Promise<void> {
  switch (command) {
    case 'dap':
      return serve(args);
    case 'restore':
      return restoreSessions(args);
    case 'exec':
      return runLauncher(args);
    case 'helper':
      return serveHelper(args);
    default:
      if (command.startsWith('--') && command !== '--help') return serve([command, ...args]);
      process.stderr.write(`${usage}\n`);
      process.exitCode = command === '--help' || command === 'help' ? 0 : 2;
  }
}

async function serve(args: string[]): Promise<void> {
  const listen = option(args, '--listen');
  const debuggerType = option(args, '--debugger');
  const options = { launch, mainScript, ...(debuggerType === undefined ? {} : { debuggerType }) };
  if (listen === undefined) await serveStdio(options);
  else {
    await using server = await serveTcp(Number(listen), options);
    process.stderr.write(`Listening on 127.0.0.1:${server.port}\n`);
    await server.closed;
  }
}

async function restoreSessions(args: string[]): Promise<void> {
  const session = option(args, '--session');
  const quiet = args.includes('--quiet');
  const tell = (text: string): void => {
    if (!quiet) process.stdout.write(`${text}\n`);
  };
  const found = session === undefined ? await Journal.all() : [await Journal.find(session)];
  const journals = found.filter((journal) => journal !== undefined);
  let left = 0;
  for (const journal of journals) {
    const { session: id, target, since, log: path } = journal.record;
    if (session === undefined && (await journal.isLive())) {
      tell(`${id} on ${target}, begun ${since}, is running: left alone.`);
      continue;
    }
    const log = new Log(id, path);
    try {
      await restore(journal, {
        mainScript,
        log,
        progress: { step: tell, say: tell, warn: tell },
        signal: new AbortController().signal,
      });
      tell(`${id} on ${target}, begun ${since}: restored.`);
    } catch (error) {
      left++;
      log.write('restore', `failed: ${messageOf(error)}`);
      tell(`${id} on ${target}, begun ${since}: ${messageOf(error)} (log: ${path})`);
    }
    await log.close();
  }
  if (journals.length === 0) tell('There is nothing to restore.');
  if (left > 0) process.exitCode = 1;
}

function option(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  return index === -1 ? undefined : args[index + 1];
}
