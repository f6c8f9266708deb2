import { expect, test } from '@jest/globals';
import { quantity } from '../../adapter/cluster/quantity.ts';
import { resourceFieldValue } from '../../adapter/cluster/resourceField.ts';
import type { PodSpec } from '../../adapter/cluster/resources.ts';

test.each([
  ['1', 1n],
  ['0', 0n],
  ['+3', 3n],
  ['1500m', 2n],
  ['0.1', 1n],
  ['.5', 1n],
  ['1.', 1n],
  ['1e3', 1000n],
  ['15E-1', 2n],
  ['12E', 12n * 10n ** 18n],
  ['128k', 128_000n],
  ['512Mi', 536_870_912n],
  ['1.5Gi', 1_610_612_736n],
  ['100n', 1n],
  ['-1500m', -1n],
  ['', undefined],
  ['.', undefined],
  ['1 Gi', undefined],
  ['1Kib', undefined],
  ['five', undefined],
])('the quantity "%s" is %s', (text, expected) => expect(quantity(text)).toBe(expected));

test('a quantity in thousandths is rounded up as well', () => {
  expect(quantity('1', -3)).toBe(1000n);
  expect(quantity('250m', -3)).toBe(250n);
  expect(quantity('0.1m', -3)).toBe(1n);
});

const pod: PodSpec = {
  containers: [
    {
      name: 'web',
      resources: {
        limits: { cpu: '1500m', memory: '100Mi', 'hugepages-2Mi': '4Mi' },
        requests: { cpu: '250m', memory: '64Mi' },
      },
    },
    { name: 'bare' },
    { name: 'limited', resources: { limits: { cpu: '2', 'ephemeral-storage': '1Gi' } } },
  ],
  initContainers: [{ name: 'first', resources: { requests: { memory: '1Ki' } } }],
};

// What a kubelet of Kubernetes 1.34 makes of them.
test.each([
  ['limits.cpu', undefined, 'web', '2'],
  ['limits.cpu', '0', 'web', '2'],
  ['limits.cpu', '1m', 'web', '1500'],
  ['requests.cpu', '1', 'web', '1'],
  ['requests.cpu', '1m', 'web', '250'],
  ['limits.memory', '0', 'web', '104857600'],
  ['limits.memory', '1Mi', 'web', '100'],
  ['limits.memory', '1M', 'web', '105'],
  ['limits.memory', '1Gi', 'web', '1'],
  ['requests.memory', '1Ki', 'web', '65536'],
  ['limits.hugepages-2Mi', '1Mi', 'web', '4'],
  ['requests.hugepages-2Mi', '1Mi', 'web', '4'],
  ['limits.hugepages-1Gi', '1', 'web', '0'],
  ['requests.ephemeral-storage', '1', 'web', '0'],
  ['requests.cpu', '1', 'limited', '2'],
  ['limits.ephemeral-storage', '1Mi', 'limited', '1024'],
  ['requests.memory', '1', 'bare', '0'],
  ['requests.memory', '1', 'first', '1024'],
])('%s divided by %s in the container %s is %s', (resource, divisor, container, value) => {
  const field = { resource, ...(divisor === undefined ? {} : { divisor }) };
  expect(resourceFieldValue(field, pod, container)).toEqual({ value });
  // By name, from another container, it is the same.
  expect(resourceFieldValue({ ...field, containerName: container }, pod, 'web')).toEqual({ value });
});

test.each(['limits.cpu', 'limits.memory', 'limits.ephemeral-storage'])(
  'without a limit %s is what the node has',
  (resource) => {
    expect(resourceFieldValue({ resource }, pod, 'bare')).toBe('allocatable');
    expect(resourceFieldValue({ resource, containerName: 'bare' }, pod, 'web')).toBe('allocatable');
    // The kubelet does not complete init containers.
    expect(resourceFieldValue({ resource, containerName: 'first' }, pod, 'web')).toEqual({ value: '0' });
    expect(resourceFieldValue({ resource }, { containers: [{ name: 'a' }] }, 'a')).toBe('allocatable');
  },
);

test("a limit of the whole pod stands in for the container's", () => {
  const limited: PodSpec = { ...pod, resources: { limits: { cpu: '3', memory: '1Gi' } } };
  expect(resourceFieldValue({ resource: 'limits.cpu' }, limited, 'bare')).toEqual({ value: '3' });
  expect(resourceFieldValue({ resource: 'limits.memory', divisor: '1Mi' }, limited, 'bare')).toEqual({
    value: '1024',
  });
  expect(resourceFieldValue({ resource: 'limits.ephemeral-storage' }, limited, 'bare')).toBe('allocatable');
});

test('what the pod does not have, and what is no resource, is left to the kubelet to refuse', () => {
  expect(resourceFieldValue({ resource: 'limits.cpu', containerName: 'gone' }, pod, 'web')).toBeUndefined();
  expect(resourceFieldValue({ resource: 'cpu' }, pod, 'web')).toBeUndefined();
  expect(resourceFieldValue({ resource: 'limits.cpu', divisor: 'x' }, pod, 'web')).toBeUndefined();
});
