/**
 * What js-debug's server runs before itself, as the URL that `node --import` takes.
 *
 * - The server would outlive us. Its standard input closes when we end, however we end: then it goes, after the
 *   sockets that close at the same moment have let it end the debuggee, and with what is left of its group.
 * - Its npm package lacks `terminateProcess.sh`, without which it cannot end a debuggee and never answers
 *   `restart`: where the script is missing, the same is done in place of it.
 *
 * js-debug's worker threads load this, too; they have nothing to end.
 */
export const nodePrelude = `data:text/javascript,${encodeURIComponent(`
import childProcess from 'node:child_process';
import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const end = () => {
  try { process.kill(-process.pid, 'SIGKILL'); } finally { process.exit(); }
};
if (isMainThread) process.stdin.resume().on('end', () => setTimeout(end, 300));

const tree = 'end() { for child in $(pgrep -P $1); do end $child $2; done; kill -$2 $1; }; end $1 $2 2>/dev/null; true';
const { spawnSync } = childProcess;
childProcess.spawnSync = (command, args, ...rest) =>
  command === 'sh' && /terminateProcess\\.sh$/.test(args?.[0]) && !existsSync(args[0])
    ? spawnSync('sh', ['-c', tree, 'sh', ...args.slice(1)], ...rest)
    : spawnSync(command, args, ...rest);
syncBuiltinESMExports();
`)}`;
