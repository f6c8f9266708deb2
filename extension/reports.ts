import { lookup } from 'node:dns/promises';
import type * as vscode from 'vscode';
import type { Report } from './report.ts';

/** Asks a session's adapter for everything; values of variables only with `showSecrets`. Rejects while it only begins. */
export async function askReport(debug: vscode.DebugSession, showSecrets = false): Promise<Report> {
  return (await debug.customRequest('localprocess-k8s.diagnostics', { showSecrets })) as Report;
}

/** Whether a name leads to an address on this machine. */
export async function resolves(hostname: string, address: string): Promise<boolean> {
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.some((one) => one.address === address);
}
