import { expect, test } from '@jest/globals';
import { findPorts } from '../../adapter/cluster/ports.ts';
import type { Container } from '../../adapter/cluster/resources.ts';

const container: Container = {
  name: 'web',
  ports: [
    { name: 'http', containerPort: 80 },
    { name: 'metrics', containerPort: 8080 },
  ],
};
const template = { spec: { containers: [container] } };
const ports = (...asked: string[]) => findPorts(template, container, [], asked);

test('several remote ports on one local process', () => {
  expect(ports('3000:http', '3000:8080')).toEqual([
    { local: 3000, remote: 80 },
    { local: 3000, remote: 8080 },
  ]);
});

test('the same pair twice, also by name and by number, is one', () => {
  expect(ports('3000:http', '3000:80', '3000:http')).toEqual([{ local: 3000, remote: 80 }]);
});

test('one remote port on two local ones is refused', () => {
  const two = () => ports('3000:http', '3001:80');
  expect(two).toThrow('port "80" to two local ports, "3000" and "3001"');
  expect(two).toThrow(expect.objectContaining({ code: 'configuration-invalid', attribute: 'ports' }));
});
