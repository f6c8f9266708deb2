import { execa } from 'execa';

/** The real cluster's kubeconfig; scripts/real-cluster.sh prints it. */
export const kubeconfig = process.env.KUBECONFIG ?? '';
if (kubeconfig === '') throw new Error('Run this as "npm run test:real": it sets KUBECONFIG.');

/** Runs kubectl, with `input` on its standard input, and gives what it printed; rejects with its words. */
export async function kubectl(args: string[], input?: string): Promise<string> {
  const { stdout } = await execa(
    'kubectl',
    ['--kubeconfig', kubeconfig, ...args],
    input === undefined ? {} : { input },
  );
  return stdout;
}
