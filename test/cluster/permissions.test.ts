import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { permissionMissing, rules } from '../../adapter/cluster/permissions.ts';

test('missing rights name the Role to ask for, in words and for an editor to show', () => {
  const error = permissionMissing('work there', ['create pods'], 'namespace', 'shop');
  expect(error).toMatchObject({ code: 'permission-missing', attribute: 'namespace' });
  expect(error.message).toMatch(
    /^Cannot work there: your account may not create pods\. Ask an administrator/,
  );
  const { next } = error;
  if (next?.step !== 'role') throw new Error('No Role is shown.');
  expect(error.message.endsWith(`:\n${next.role}`)).toBe(true);
  expect(parse(next.role)).toMatchObject({
    kind: 'Role',
    metadata: { namespace: 'shop' },
    rules: expect.arrayContaining(
      rules.map(({ resource }) => expect.objectContaining({ resources: [resource] })),
    ),
  });
});
