import { messageOf } from '../errors.ts';
import { Journal } from '../journal.ts';
import { Log } from '../log.ts';
import { restore as restoreSession } from '../restore.ts';
import { parse, type Command, type Options } from './command.ts';

const options = {
  session: { type: 'string', value: 'ID', help: 'Only this one, also if it runs. Default: every dead one.' },
  quiet: { type: 'boolean', help: 'Say nothing.' },
  json: { type: 'boolean', help: 'Say only what has become of each session, as JSON.' },
} as const satisfies Options;

/** What has become of a session; `message`: why it could not be restored. */
interface Result {
  session: string;
  target: string;
  outcome: 'restored' | 'running' | 'failed';
  message?: string;
}

/** `localprocess-k8s restore`: undoes what dead sessions left. */
export const restore: Command = {
  name: 'restore',
  synopsis: '[--session ID] [--quiet | --json]',
  summary: 'Undoes what a dead session left, here and in the cluster.',
  options,
  async start(args, mainScript) {
    const { session, quiet, json } = parse(args, options).values;
    const tell = (text: string): void => {
      if (quiet !== true && json !== true) process.stdout.write(`${text}\n`);
    };
    const found = session === undefined ? await Journal.all() : [await Journal.find(session)];
    const journals = found.filter((journal) => journal !== undefined);
    const results: Result[] = [];
    for (const journal of journals) {
      const { session: id, target, since, log: path } = journal.record;
      if (session === undefined && (await journal.isLive())) {
        tell(`${id} on ${target}, begun ${since}, is running: left alone.`);
        results.push({ session: id, target, outcome: 'running' });
        continue;
      }
      const log = new Log(id, path);
      try {
        await restoreSession(journal, {
          mainScript,
          log,
          progress: { step: tell, say: tell, warn: tell },
          signal: new AbortController().signal,
        });
        tell(`${id} on ${target}, begun ${since}: restored.`);
        results.push({ session: id, target, outcome: 'restored' });
      } catch (error) {
        results.push({ session: id, target, outcome: 'failed', message: messageOf(error) });
        log.write('restore', `failed: ${messageOf(error)}`);
        tell(`${id} on ${target}, begun ${since}: ${messageOf(error)} (log: ${path})`);
      }
      await log.close();
    }
    if (journals.length === 0) tell('There is nothing to restore.');
    if (json === true) process.stdout.write(`${JSON.stringify({ sessions: results }, null, 2)}\n`);
    return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  },
};
