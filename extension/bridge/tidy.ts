import { applyEdits, modify } from 'jsonc-parser';
import { without } from './jsonc.ts';
import { findTask, isBridge, type Remainder, type Task, type TaskReference } from './tasks.ts';

/** The text of a tasks.json without what connected, and without what neither the tasks in `wanted` nor others wait for any more. */
export function tidied(
  text: string,
  { tasks, remainders, wanted }: { tasks: Task[]; remainders: Remainder[]; wanted: TaskReference[] },
): string {
  const changed = new Map(remainders.flatMap((one) => [...one.changed]));
  const dropped = new Set(remainders.flatMap((one) => one.dropped));
  const dependenciesOf = (task: Task) => changed.get(task) ?? task.dependsOn;
  const kept = new Set<Task>();
  const keep = (references: readonly TaskReference[]) => {
    for (const reference of references) {
      const task = findTask(tasks, reference);
      if (task === undefined || kept.has(task)) continue;
      kept.add(task);
      keep(dependenciesOf(task));
    }
  };
  keep(wanted);
  for (const task of tasks.filter((one) => !dropped.has(one))) keep(dependenciesOf(task));
  let now = text;
  // From the last to the first: what comes before stays where it is.
  for (const task of [...tasks].reverse()) {
    const left = changed.get(task);
    if (dropped.has(task) && !kept.has(task)) now = without(now, ['tasks', task.index]);
    else if (left) now = withDependencies(now, task, left);
  }
  return now;
}

/** A task that connected, and waits for several others, goes on as one that only waits. */
const ofCompounds = new Set(['label', 'taskName', 'dependsOn', 'dependsOrder', 'detail', 'group']);

function withDependencies(text: string, task: Task, left: TaskReference[]): string {
  const path = ['tasks', task.index];
  const own = isBridge(task) ? Object.keys(task.properties).filter((one) => !ofCompounds.has(one)) : [];
  const now = own.reduce((before, name) => without(before, [...path, name]), text);
  const dependsOn = [...path, 'dependsOn'];
  return left.length === 0
    ? without(now, dependsOn)
    : applyEdits(now, modify(now, dependsOn, left, { formattingOptions: formatOf(now) }));
}

function formatOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const insertSpaces = !indent.startsWith('\t');
  return {
    insertSpaces,
    tabSize: insertSpaces ? indent.length : 1,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
