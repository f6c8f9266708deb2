import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** The hosts file of this machine. */
export const hosts = () => readFile('/etc/hosts', 'utf8');
/**
 * What a request on a connection of its own is answered. A service that the cluster itself does not route yet
 * resets it: that is tried again for up to 10 s.
 */
export async function get(url: string): Promise<string> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await (await fetch(url, { headers: { connection: 'close' } })).text();
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      if (code !== 'ECONNRESET' || Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}
/** Whether the hosts file has come to hold `name`, or not, within `patience` milliseconds. */
export async function mapped(name: string, wanted = true, patience = 1000): Promise<boolean> {
  const pattern = new RegExp(`\\s${name.replaceAll('.', '\\.')}\\s`);
  const deadline = Date.now() + patience;
  for (;;) {
    if (pattern.test(await hosts()) === wanted) return true;
    if (Date.now() > deadline) return false;
    await pause(20);
  }
}
