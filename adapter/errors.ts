/**
 * Every failure a user can meet, with a number that never changes: it is shown to the user, found in the
 * README's troubleshooting table, and sent as `error.id` of a DAP error response.
 */
export const codes = {
  'configuration-invalid': 100,
  'configuration-file-invalid': 101,
  'command-invalid': 103,
  'kubeconfig-unreadable': 200,
  'context-missing': 201,
  'cluster-unreachable': 202,
  'credentials-refused': 203,
  'permission-missing': 204,
  'namespace-missing': 205,
  'target-missing': 206,
  'container-missing': 207,
  'port-missing': 208,
  'target-not-ready': 209,
  'target-unsupported': 210,
  'target-taken': 211,
  'cluster-refused': 212,
  'image-unavailable': 300,
  'agent-refused': 301,
  'agent-unschedulable': 302,
  'agent-not-started': 303,
  'agent-lost': 304,
  'tunnel-failed': 305,
  'join-failed': 306,
  'volume-unreadable': 307,
  'port-in-use': 400,
  'administrator-refused': 401,
  'hosts-unwritable': 402,
  'listen-failed': 403,
  'machine-unsupported': 404,
  'volumes-too-large': 405,
  'isolation-unavailable': 406,
  'process-not-ended': 407,
  'folder-unwritable': 408,
  'debugger-not-installed': 500,
  'debugger-died': 501,
  'debugger-unreachable': 502,
  cancelled: 600,
} as const;

export type Code = keyof typeof codes;

/** What an editor can offer to do about an error. */
export type Next =
  | { step: 'setting' | 'cluster' | 'target' | 'stop' | 'again' | 'log' }
  /** Shows a place in a file; both from 1. */
  | { step: 'file'; file: string; line: number; column: number }
  /** Shows the Role to ask an administrator for. */
  | { step: 'role'; role: string }
  /** Ends another session, or what is left of it. */
  | { step: 'restore'; session: string };

/**
 * The one error class users meet. The message says what could not be done, to what, why, and what to do
 * next; values in double quotes, full sentences. `attribute` names the launch attribute at fault.
 */
export class LaunchError extends Error {
  readonly code: Code;
  readonly attribute: string | undefined;
  /** What can be done about it, where that does not follow from the code. */
  readonly next: Next | undefined;
  /** The log of the session that failed, if it had one already. */
  log: string | undefined;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; attribute?: string | undefined; next?: Next | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'LaunchError';
    this.code = code;
    this.attribute = options.attribute;
    this.next = options.next;
  }

  /** The number of the code, as documented in the README. */
  get number(): number {
    return codes[this.code];
  }
}

/** The words of anything thrown: an `Error`'s message, or its text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js system error (`ECONNREFUSED`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What was thrown, as an error that users meet: anything without a code of its own came from the cluster. */
export function asLaunchError(error: unknown): LaunchError {
  return error instanceof LaunchError
    ? error
    : new LaunchError('cluster-refused', `Cannot go on: ${messageOf(error)}`, { cause: error });
}

/** What a launch that was cancelled says, once it has undone what it did. */
export function cancelled(cause?: unknown): LaunchError {
  return new LaunchError('cancelled', 'The launch was cancelled; everything is as it was.', { cause });
}
