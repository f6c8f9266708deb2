import { expect, test } from '@jest/globals';
import { chooseMounts, inWords, parseSize } from '../../../adapter/machine/volumes/mounts.ts';
import { mountOf } from './session.ts';

const mounts = [
  mountOf('/pod/settings', { mountPath: '/etc/settings' }),
  mountOf('/pod/settings', { mountPath: '/etc/again' }),
  mountOf('/pod/kube-api-access-x7k2p', { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }),
  mountOf('/pod/my-data', { mountPath: '/data' }),
];
const maxSize = '1Mi';
const names = (choice: object) => chooseMounts(mounts, { maxSize, ...choice }).chosen.map(({ name }) => name);

test('a variable for each mount: capitals, underscores, numbers, and no ending of its own for a token', () => {
  expect(names({})).toEqual(['SETTINGS', 'SETTINGS_2', 'KUBE_API_ACCESS', 'MY_DATA']);
});

test.each([
  [{ include: ['settings'] }, ['SETTINGS', 'SETTINGS_2']],
  [{ include: ['/etc/*'] }, ['SETTINGS', 'SETTINGS_2']],
  [{ include: ['/data', 'kube-api-access'] }, ['KUBE_API_ACCESS', 'MY_DATA']],
  [{ exclude: ['kube-api-access-*', '/etc/again'] }, ['SETTINGS', 'MY_DATA']],
  [{ include: ['my-?ata', 'settings'], exclude: ['settings'] }, ['MY_DATA']],
  [{ include: [] }, []],
  [{ exclude: ['*'] }, []],
])('volumes.include and exclude choose by volume name or mount path: %j', (choice, expected) => {
  expect(names(choice)).toEqual(expected);
});

test('a pattern that matches nothing is known, also one that only leaves out', () => {
  const { unmatched } = chooseMounts(mounts, {
    maxSize,
    include: ['settings', 'typo'],
    exclude: ['nothing*'],
  });
  expect(unmatched).toEqual(['typo', 'nothing*']);
});

test.each([
  ['1', 1],
  ['12Ki', 12 * 1024],
  ['256Mi', 256 * 1024 * 1024],
  ['2Gi', 2 * 1024 ** 3],
])('volumes.maxSize %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  [12, '12 bytes'],
  [1025, '1.1 KiB'],
  [3 * 1024 * 1024, '3 MiB'],
])('%s bytes are %s', (bytes, words) => {
  expect(inWords(bytes)).toBe(words);
});
