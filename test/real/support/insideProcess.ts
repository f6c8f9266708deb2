import { execa } from 'execa';
import { kubeconfig } from './kubectl.ts';

/** A program that runs in a pod; its output is read as it comes. */
export type InsideProcess = ReturnType<typeof execInside>;

/** Starts a Node.js program in a running pod. */
export function execInside(namespace: string, pod: string, source: string, args: string[]) {
  const place = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  return execa('kubectl', [...place, 'exec', '-i', pod, '--', 'node', '-e', source, ...args], {
    buffer: false,
    reject: false,
    stdin: 'pipe',
  });
}
