import type { DebugProtocol } from '@vscode/debugprotocol';
import { LaunchError, messageOf, type Code } from '../errors.ts';

/** What the button of an error says, where there is something to do about it in the editor. */
const nextSteps: Partial<Record<Code, string>> = {
  'configuration-invalid': 'Open the Setting',
  'configuration-file-invalid': 'Open the File',
  'kubeconfig-unreadable': 'Choose Another Cluster',
  'context-missing': 'Choose Another Cluster',
  'cluster-unreachable': 'Try Again',
  'credentials-refused': 'Choose Another Cluster',
  'permission-missing': 'Show the Role to Ask For',
  'namespace-missing': 'Choose Another Target',
  'target-missing': 'Choose Another Target',
  'container-missing': 'Open the Setting',
  'port-missing': 'Open the Setting',
  'target-not-ready': 'Try Again',
  'target-unsupported': 'Choose Another Target',
  'target-taken': 'Choose Another Target',
  'port-in-use': 'Stop the Process',
  'debugger-not-installed': 'Open the Setting',
};
/** For every other failure. */
const otherwise = 'Open the Log';

/**
 * The body of an error response for anything thrown; shown to the user, unless they wanted it so, with the number that the
 * README explains.
 * `nextCommand`: an editor that knows this command gets a button with it (`url` and `urlLabel` of DAP's `Message`; VS Code
 * executes the URLs of its own commands, with arguments as JSON).
 */
export function failureBody(error: unknown, nextCommand?: string): DebugProtocol.ErrorResponse['body'] {
  return {
    error: {
      id: error instanceof LaunchError ? error.number : 1,
      format: messageOf(error),
      // VS Code has a dialog for it otherwise, also for whoever has cancelled the launch.
      showUser: !(error instanceof LaunchError && error.code === 'cancelled'),
      ...(nextCommand !== undefined && error instanceof LaunchError && button(nextCommand, error)),
    },
  };
}

function button(
  command: string,
  { code, attribute }: LaunchError,
): Pick<DebugProtocol.Message, 'url' | 'urlLabel'> {
  if (code === 'cancelled') return {};
  return {
    url: `command:${command}?${encodeURIComponent(JSON.stringify([{ code, attribute }]))}`,
    urlLabel: nextSteps[code] ?? otherwise,
  };
}
