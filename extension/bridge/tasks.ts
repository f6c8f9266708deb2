import { getNodeValue, type Node } from 'jsonc-parser';

/** A task's name, or what VS Code finds one by. */
export type TaskReference = string | Record<string, unknown>;

/** A task as tasks.json has it. */
export interface Task {
  /** Its place in the file's list. */
  index: number;
  label: string | undefined;
  type: string | undefined;
  properties: Record<string, unknown>;
  dependsOn: readonly TaskReference[];
}

/**
 * What Bridge to Kubernetes calls its tasks, today and under its earlier names. Sources: the package.json of
 * vscode-bridge-to-kubernetes, and its Constants.ts.
 */
const bridgeTypes = new Set([
  'bridge-to-kubernetes.resource',
  'bridge-to-kubernetes.service',
  'local-process-with-kubernetes.service',
  'dev-spaces.connect.service',
]);

/** The tasks of a tasks.json. */
export function tasksOf(root: Node): Task[] {
  const { tasks } = getNodeValue(root) as { tasks?: unknown };
  return (Array.isArray(tasks) ? (tasks as unknown[]) : []).flatMap((task, index) => {
    if (typeof task !== 'object' || task === null) return [];
    const properties = task as Record<string, unknown>;
    const { label = properties.taskName, type, dependsOn = [] } = properties;
    return [
      {
        index,
        label: typeof label === 'string' ? label : undefined,
        type: typeof type === 'string' ? type : undefined,
        properties,
        dependsOn: [dependsOn].flat() as TaskReference[],
      },
    ];
  });
}

/** Whether it connects to a cluster. */
export function isBridge({ type }: Pick<Task, 'type'>): boolean {
  return type !== undefined && bridgeTypes.has(type);
}

/** Whether it does nothing but wait for others. */
export function isCompound({ type, properties }: Task): boolean {
  return type === undefined && properties.command === undefined;
}

/** The task that is meant; `undefined`: it is not in this file. */
export function findTask(tasks: readonly Task[], reference: TaskReference): Task | undefined {
  if (typeof reference === 'string') return tasks.find(({ label }) => label === reference);
  return tasks.find(({ properties }) =>
    Object.entries(reference).every(
      ([name, value]) => JSON.stringify(properties[name]) === JSON.stringify(value),
    ),
  );
}

/** What is left of a task when nothing connects to a cluster any more. */
export interface Remainder {
  /** The tasks that did connect, in their order. */
  bridges: Task[];
  /** What is still to be run in the place of the task. */
  left: TaskReference[];
  /** Tasks of no more use: what they waited for takes their place. */
  dropped: Task[];
  /** Tasks that go on, and what they wait for then. */
  changed: Map<Task, TaskReference[]>;
}

/** Takes what connects to a cluster out of a task and of those that it waits for. */
export function withoutBridge(
  tasks: readonly Task[],
  reference: TaskReference,
  above: readonly Task[] = [],
): Remainder {
  const task = findTask(tasks, reference);
  const same = { bridges: [], left: [reference], dropped: [], changed: new Map<Task, TaskReference[]>() };
  // One that waits for itself is VS Code's to complain of.
  if (task === undefined || above.includes(task)) return same;
  const parts = task.dependsOn.map((one) => withoutBridge(tasks, one, [...above, task]));
  const bridges = [...parts.flatMap((part) => part.bridges), ...(isBridge(task) ? [task] : [])];
  if (bridges.length === 0) return same;
  const left = parts.flatMap((part) => part.left);
  const dropped = parts.flatMap((part) => part.dropped);
  const changed = new Map(parts.flatMap((part) => [...part.changed]));
  // Several that were waited for need somebody who does.
  return (isBridge(task) || isCompound(task)) && left.length < 2
    ? { bridges, left, dropped: [...dropped, task], changed }
    : { bridges, left: [reference], dropped, changed: changed.set(task, left) };
}
