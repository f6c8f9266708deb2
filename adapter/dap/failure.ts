import type { DebugProtocol } from '@vscode/debugprotocol';
import { LaunchError, messageOf } from '../errors.ts';

/** The body of an error response for anything thrown; shown to the user with the number that the README explains. */
export function failureBody(error: unknown): DebugProtocol.ErrorResponse['body'] {
  return {
    error: {
      id: error instanceof LaunchError ? error.number : 1,
      format: messageOf(error),
      showUser: true,
    },
  };
}
