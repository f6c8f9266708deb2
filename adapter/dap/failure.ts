import type { DebugProtocol } from '@vscode/debugprotocol';
import { LaunchError, messageOf, type Code, type Next } from '../errors.ts';

type Step = Next['step'];

/** What the button of an error says. */
const labels: Record<Step, string> = {
  setting: 'Open the Setting',
  file: 'Open the File',
  cluster: 'Choose Another Cluster',
  target: 'Choose Another Target',
  role: 'Show the Role to Ask For',
  stop: 'Stop the Process',
  restore: 'End That Session',
  again: 'Try Again',
  log: 'Open the Log',
};

/** What an error leads to that does not say it itself. Any other: to the attribute at fault, or to the log. */
const steps: Partial<Record<Code, Exclude<Step, 'file' | 'role' | 'restore'>>> = {
  'kubeconfig-unreadable': 'cluster',
  'context-missing': 'cluster',
  'cluster-unreachable': 'again',
  'credentials-refused': 'cluster',
  'namespace-missing': 'target',
  'target-missing': 'target',
  'target-not-ready': 'again',
  'target-unsupported': 'target',
  'target-taken': 'target',
  'port-in-use': 'stop',
  'administrator-refused': 'again',
};

/**
 * The body of an error response for anything thrown; shown to the user, unless they wanted it so, with the number that the
 * README explains.
 * `nextCommand`: an editor that knows this command gets a button with it (`url` and `urlLabel` of DAP's `Message`; VS Code
 * executes the URLs of its own commands, with arguments as JSON). `debugSession`: how that editor calls the session.
 * Source: VS Code 1.100, rawDebugSession.ts and debugService.ts.
 */
export function failureBody(
  error: unknown,
  { nextCommand, debugSession }: { nextCommand?: string | undefined; debugSession?: unknown } = {},
): DebugProtocol.ErrorResponse['body'] {
  const shown = { format: messageOf(error), showUser: true };
  if (!(error instanceof LaunchError)) return { error: { id: 1, ...shown } };
  const { number: id, code } = error;
  // VS Code has a dialog for it otherwise, also for whoever has cancelled the launch.
  if (code === 'cancelled') return { error: { id, ...shown, showUser: false } };
  if (nextCommand === undefined) return { error: { id, ...shown } };
  return {
    error: { id, ...shown, format: withoutRole(error), ...button(nextCommand, error, debugSession) },
  };
}

function button(
  command: string,
  { code, attribute, log, next = defaultNext(code, attribute) }: LaunchError,
  debugSession: unknown,
): Pick<DebugProtocol.Message, 'url' | 'urlLabel'> {
  const argument = JSON.stringify([{ code, attribute, log, debugSession, ...next }]);
  return {
    // VS Code decodes it twice: a percent sign of its own would not survive that.
    url: `command:${command}?${encodeURIComponent(argument.replaceAll('%', '\\u0025'))}`,
    urlLabel: labels[next.step],
  };
}

/** The message where the button shows the Role: a dialog is too small for both. */
function withoutRole({ message, next }: LaunchError): string {
  return next?.step === 'role' ? message.replace(`:\n${next.role}`, '.') : message;
}

function defaultNext(code: Code, attribute: string | undefined): Next {
  return { step: steps[code] ?? (attribute === undefined ? 'log' : 'setting') };
}
