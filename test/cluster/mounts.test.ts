import { expect, test } from '@jest/globals';
import { mountRoot } from '../../adapter/cluster/agentPod.ts';
import { mountsOf } from '../../adapter/cluster/mounts.ts';
import type { PodSpec } from '../../adapter/cluster/resources.ts';

const podOf = (mounts: Record<string, string>, volumes: PodSpec['volumes'] = []) => ({
  metadata: { name: 'web', uid: 'uid' },
  spec: {
    containers: [
      {
        name: 'web',
        volumeMounts: Object.entries(mounts).map(([mountPath, name]) => ({ name, mountPath })),
      },
    ],
    volumes,
  },
});

test("the original's mounts are below a folder of their own, those that admission added are not", () => {
  const token = '/var/run/secrets/kubernetes.io/serviceaccount';
  const mounts = mountsOf(
    podOf({ [`${mountRoot}/etc/settings/`]: 'settings', [token]: 'kube-api-access-abcde' }),
  );
  expect(mounts).toMatchObject([
    { volume: 'settings', mountPath: '/etc/settings', agentPath: `${mountRoot}/etc/settings` },
    { volume: 'kube-api-access-abcde', mountPath: token, agentPath: token },
  ]);
});

test('a mount of its own wins over one that admission added at the same path', () => {
  const mounts = mountsOf(podOf({ '/token': 'added', [`${mountRoot}/token`]: 'own' }));
  expect(mounts).toMatchObject([{ volume: 'own', mountPath: '/token' }]);
});

test('what is mounted in another mount is known', () => {
  const mounts = mountsOf(
    podOf({ [`${mountRoot}/a`]: 'a', [`${mountRoot}/a/b/ü`]: 'b', [`${mountRoot}/ab`]: 'ab' }),
  );
  expect(mounts.map(({ without }) => without)).toEqual([['b/Ã¼'], [], []]);
});

test.each([
  [{ secret: { secretName: 'x' } }, true],
  [{ projected: { sources: [{ configMap: { name: 'x' } }, { secret: { name: 'x' } }] } }, true],
  [{ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }, true],
  [{ csi: { driver: 'secrets-store.csi.k8s.io' } }, true],
  [{ emptyDir: { medium: 'Memory' } }, true],
  [{ projected: { sources: [{ configMap: { name: 'x' } }, { downwardAPI: {} }] } }, false],
  [{ configMap: { name: 'x' } }, false],
  [{ downwardAPI: {} }, false],
  [{ emptyDir: {} }, false],
  [{ persistentVolumeClaim: { claimName: 'x' } }, false],
  [{ hostPath: { path: '/x' } }, false],
  [{ ephemeral: {} }, false],
])('of these volumes secrets are kept closed: %j', (kind, secret) => {
  expect(mountsOf(podOf({ [`${mountRoot}/x`]: 'x' }, [{ name: 'x', ...kind }]))).toMatchObject([{ secret }]);
});
