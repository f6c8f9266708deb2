import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** The hosts file of this machine. */
export const hosts = () => readFile('/etc/hosts', 'utf8');
/** What a request on a connection of its own is answered. */
export const get = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text();
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
