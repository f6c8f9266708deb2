import { expect, test } from '@jest/globals';
import { permissionMissing } from '../../adapter/cluster/permissions.ts';
import { failureBody } from '../../adapter/dap/failure.ts';
import { codes, LaunchError, type Code, type Next } from '../../adapter/errors.ts';

const nextCommand = 'localprocess-k8s.next';

/** What VS Code gives the command: it decodes the query when it parses the URL, and again when it reads the arguments. */
function argumentOf(url: string | undefined): unknown {
  const [command, query = ''] = (url ?? '').split('?');
  expect(command).toBe(`command:${nextCommand}`);
  const once = decodeURIComponent(query);
  return (JSON.parse(decodeURIComponent(once)) as unknown[])[0];
}

function buttonOf(error: LaunchError, debugSession?: string) {
  const { url, urlLabel } = failureBody(error, { nextCommand, debugSession }).error ?? {};
  return { label: urlLabel, argument: argumentOf(url) };
}

test('an error has its number and its words, and no button where no command is known', () => {
  const error = new LaunchError('target-missing', 'Cannot find "web".', { attribute: 'target' });
  expect(failureBody(error)).toEqual({ error: { id: 206, format: 'Cannot find "web".', showUser: true } });
  expect(failureBody(new Error('Cannot do it.'), { nextCommand })).toEqual({
    error: { id: 1, format: 'Cannot do it.', showUser: true },
  });
  expect(failureBody('words', { nextCommand }).error?.format).toBe('words');
});

test.each<[Code, string | undefined, string, string]>([
  ['configuration-invalid', 'ports.0', 'Open the Setting', 'setting'],
  ['context-missing', 'context', 'Choose Another Cluster', 'cluster'],
  ['cluster-unreachable', undefined, 'Try Again', 'again'],
  ['target-missing', 'target', 'Choose Another Target', 'target'],
  ['target-taken', 'target', 'Choose Another Target', 'target'],
  ['port-in-use', 'ports', 'Stop the Process', 'stop'],
  ['debugger-not-installed', 'debug.type', 'Open the Setting', 'setting'],
  ['cluster-refused', undefined, 'Open the Log', 'log'],
])('"%s" at %s: %s', (code, attribute, label, step) => {
  const error = new LaunchError(code, 'Cannot.', { attribute });
  error.log = '/tmp/100% of it.log';
  expect(buttonOf(error, 'id')).toEqual({
    label,
    argument: { code, ...(attribute && { attribute }), step, log: '/tmp/100% of it.log', debugSession: 'id' },
  });
});

test.each<[Next, string]>([
  [{ step: 'role', role: 'kind: Role\nrules: [{ verbs: ["get"] }] # 5%41' }, 'Show the Role to Ask For'],
  [{ step: 'file', file: '/shop/é%20.yaml', line: 3, column: 5 }, 'Open the File'],
  [{ step: 'restore', session: 'cafe' }, 'End That Session'],
  [{ step: 'setting' }, 'Open the Setting'],
])('an error that says itself what follows: %j', (next, label) => {
  const error = new LaunchError('port-in-use', 'Cannot.', { attribute: 'ports', next });
  expect(buttonOf(error)).toEqual({ label, argument: { code: 'port-in-use', attribute: 'ports', ...next } });
});

test('the Role is behind the button, and not in the dialog as well', () => {
  const error = permissionMissing('work there', ['create pods'], 'namespace', 'shop');
  expect(failureBody(error).error?.format).toContain('kind: Role');
  expect(failureBody(error, { nextCommand }).error?.format).toBe(
    'Cannot work there: your account may not create pods. Ask an administrator for this Role and a RoleBinding to it.',
  );
});

test('every code has a button, but for what the user has cancelled: that is not shown again', () => {
  for (const code of Object.keys(codes) as Code[]) {
    const { error } = failureBody(new LaunchError(code, 'Cannot.'), { nextCommand });
    if (code === 'cancelled') expect(error).toEqual({ id: 600, format: 'Cannot.', showUser: false });
    else expect(error).toMatchObject({ showUser: true, urlLabel: expect.stringMatching(/^[A-Z]/) });
  }
});
