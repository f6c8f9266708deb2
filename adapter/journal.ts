import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from './machine/folders.ts';
import type { Link } from './machine/volumes/links.ts';
import { identify, isRunning, type ProcessIdentity } from './machine/processes/processes.ts';

/**
 * What a session has changed, or is about to: written down before each change, so that whoever finds the file
 * can undo it. Only its owner can read it: it holds the token of the session's own agents.
 */
export interface JournalRecord {
  version: 1;
  session: string;
  /** The process that answers for the session: its adapter, then whoever restores it. */
  process: ProcessIdentity;
  since: string;
  /** Whether that process is undoing the session. */
  restoring?: boolean;
  /** The connection is kept for the next launch with this fingerprint. */
  kept?: string;
  log: string;
  cluster: {
    kubeconfig?: string | undefined;
    /** KUBECONFIG as it was, when `kubeconfig` is not given. */
    environment?: string | undefined;
    context: string;
    namespace: string;
    connectTimeoutSeconds: number;
  };
  target: string;
  agents?: {
    token: string;
    controlPort: number;
    spareLabel: string;
    routedWithoutSpare: boolean;
    labels: Record<string, string>;
    replicaSet: { name: string; uid: string };
    leaveSeconds: number;
  };
  /** Folders of the session on this machine: absolute paths, each named for the session. */
  folders?: string[];
  /** Symbolic links that lead into them. */
  links?: Link[];
  /** Whether the hosts file has, or may have, a block of the session. */
  hosts?: boolean;
  /** Debuggers that were started, and the debuggees that these started. */
  debuggers?: ProcessIdentity[];
}

/** The journal of one session: a file in the user's state folder. */
export class Journal {
  record: JournalRecord;
  #writing = Promise.resolve();

  private constructor(record: JournalRecord) {
    this.record = record;
  }

  /** Begins a journal; from here on the session can be restored. */
  static async begin(record: Omit<JournalRecord, 'version' | 'process'>): Promise<Journal> {
    const journal = new Journal({ ...record, version: 1, process: await thisProcess() });
    await journal.write({});
    return journal;
  }

  /** Every session that has not been undone yet. A file that cannot be read is passed over: it is no session. */
  static async all(): Promise<Journal[]> {
    const names = await readdir(folder()).catch(() => []);
    await Promise.all(names.map(sweep));
    const journals = await Promise.all(names.filter((name) => name.endsWith('.json')).map(read));
    return journals.filter((journal) => journal !== undefined);
  }

  /** The journal of a session, if it has one. */
  static find(session: string): Promise<Journal | undefined> {
    return read(`${session}.json`);
  }

  static of(record: JournalRecord): Journal {
    return new Journal(record);
  }

  /** Adds to what is written down; on disk when it resolves. */
  write(change: Partial<JournalRecord>): Promise<void> {
    this.record = { ...this.record, ...change };
    // One after the other: the last word stays.
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#replace());
    return this.#writing;
  }

  async #replace(): Promise<void> {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    const path = this.#path();
    const fresh = `${path}.${process.pid}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(this.record, null, 2));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  }

  /** Makes this process the one that answers for the session, in order to undo it. */
  async adopt(): Promise<void> {
    await this.write({ process: await thisProcess(), restoring: true });
  }

  /** Whether the process that answers for the session still runs. */
  isLive(): Promise<boolean> {
    return isRunning(this.record.process);
  }

  /** Everything is undone: forgets the session. */
  async remove(): Promise<void> {
    await rm(this.#path(), { force: true });
  }

  #path(): string {
    return join(folder(), `${this.record.session}.json`);
  }
}

function folder(): string {
  return join(stateFolder(), 'sessions');
}

/** Removes what a process that was killed while writing has left: the old file is whole beside it. */
async function sweep(name: string): Promise<void> {
  const pid = /\.(\d+)\.new$/.exec(name)?.[1];
  if (pid !== undefined && (await identify(Number(pid))) === undefined)
    await rm(join(folder(), name), { force: true });
}

async function read(name: string): Promise<Journal | undefined> {
  const text = await readFile(join(folder(), name), 'utf8').catch(() => '');
  try {
    return Journal.of(JSON.parse(text) as JournalRecord);
  } catch {
    return undefined; // Torn by a crash of the whole machine; writing is atomic otherwise.
  }
}

async function thisProcess(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (identity === undefined) throw new Error('Cannot find this process in the process table.');
  return identity;
}
