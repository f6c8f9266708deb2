import { expect, test } from '@jest/globals';
import { markedConfiguration, readMarker, withoutVariables } from '../../adapter/dap/children.ts';

test('a marked configuration comes back as it was', () => {
  const configuration = { type: 'pwa-node', name: 'child', __pendingTargetId: 'x' };
  const marked = markedConfiguration(configuration, { host: '127.0.0.1', port: 9229 });
  expect(marked).toMatchObject({ type: 'localprocess-k8s', name: 'child' });
  // VS Code would go round the adapter, and the child's own children would come without a mark.
  expect(marked).not.toHaveProperty('debugServer');
  expect(readMarker(marked ?? {})).toEqual({
    marker: { host: '127.0.0.1', port: 9229, type: 'pwa-node' },
    configuration,
  });
  expect(readMarker(configuration)).toBeUndefined();
});

test('debugpy says itself where its child is; without any address there is no marker', () => {
  expect(
    markedConfiguration({ type: 'python', connect: { host: '127.0.0.1', port: 5 } }, undefined),
  ).toMatchObject({ __localprocess: { port: 5 } });
  expect(
    markedConfiguration({ type: 'python', connect: { host: '10.0.0.1', port: 5 } }, undefined),
  ).toBeUndefined();
  expect(markedConfiguration({ type: 'lldb' }, undefined)).toBeUndefined();
});

test('the cluster’s variables are taken out wherever they are repeated, the user’s own stay', () => {
  const cluster = { SECRET: 's', SHARED: 'cluster', GONE: null };
  const env = { SECRET: 's', SHARED: 'mine', GONE: null, OWN: '1' };
  expect(withoutVariables({ a: [{ env }], name: 's' }, cluster)).toEqual({
    a: [{ env: { SHARED: 'mine', OWN: '1' } }],
    name: 's',
  });
  expect(withoutVariables({ env: ['SECRET=s', 'OWN=1=2'] }, cluster)).toEqual({ env: ['OWN=1=2'] });
  expect(
    withoutVariables(
      {
        environment: [
          { name: 'SECRET', value: 's' },
          { name: 'OWN', value: '1' },
        ],
      },
      cluster,
    ),
  ).toEqual({
    environment: [{ name: 'OWN', value: '1' }],
  });
});
