/**
 * The head of a script for `bundle`: `path` is its first argument, `writeHostsBlock` is imported, and before
 * every step that it takes on the file system from here on, `steps` is one more and `action` (JavaScript) is
 * done. Of the steps that wait for nothing those count that `synchronous` names. `untouched` takes no steps.
 */
export function countSteps(action: string, synchronous: readonly string[] = []): string {
  return `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { writeHostsBlock } from './hosts/hosts.ts';
const path = process.argv[2];
const untouched = { ...fs };
let steps = 0;
const counted = (object, names) => {
  for (const name of names) {
    const original = Object.getOwnPropertyDescriptor(object, name).value;
    if (typeof original !== 'function' || name === 'constructor') continue;
    object[name] = function (...args) {
      steps++;
      ${action}
      return original.apply(this, args);
    };
  }
};
const handle = await fs.promises.open(path);
await handle.close();
const handles = Object.getPrototypeOf(handle);
counted(handles, Object.getOwnPropertyNames(handles));
counted(fs.promises, Object.keys(fs.promises));
counted(fs, ${JSON.stringify(synchronous)});
syncBuiltinESMExports();
`;
}
