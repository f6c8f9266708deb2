import { expect, test } from '@jest/globals';
import { LoopbackAliases } from '../../../adapter/machine/elevated/aliases.ts';

/** An interface that keeps what it is told, and refuses some of it. */
function interfaces(refuse: (line: string) => boolean = () => false) {
  const lines: string[] = [];
  const aliases = new LoopbackAliases((program, args) => {
    const line = [program, ...args].join(' ');
    lines.push(line);
    return refuse(line) ? Promise.reject(new Error(`ifconfig: ${line}`)) : Promise.resolve();
  });
  return { lines, aliases };
}

test('macOS: each address is added to lo0 once, and taken away in reverse order', async () => {
  const { lines, aliases } = interfaces();
  await aliases.add(['127.66.0.1', '127.66.0.2']);
  await aliases.add(['127.66.0.2', '127.66.0.3']);
  await aliases.removeAll();
  await aliases.removeAll();
  expect(lines).toEqual([
    '/sbin/ifconfig lo0 alias 127.66.0.1 netmask 255.255.255.255',
    '/sbin/ifconfig lo0 alias 127.66.0.2 netmask 255.255.255.255',
    '/sbin/ifconfig lo0 alias 127.66.0.3 netmask 255.255.255.255',
    '/sbin/ifconfig lo0 -alias 127.66.0.3',
    '/sbin/ifconfig lo0 -alias 127.66.0.2',
    '/sbin/ifconfig lo0 -alias 127.66.0.1',
  ]);
});

test('macOS: an address whose adding failed half-way is taken away too', async () => {
  const { lines, aliases } = interfaces((line) => line.includes(' alias 127.66.0.2'));
  await expect(aliases.add(['127.66.0.1', '127.66.0.2', '127.66.0.3'])).rejects.toThrow('127.66.0.2');
  await aliases.removeAll();
  expect(lines.slice(2)).toEqual([
    '/sbin/ifconfig lo0 -alias 127.66.0.2',
    '/sbin/ifconfig lo0 -alias 127.66.0.1',
  ]);
});

test('macOS: one that cannot be taken away does not keep the others, and is tried again', async () => {
  let broken = true;
  const { lines, aliases } = interfaces((line) => broken && line.endsWith('-alias 127.66.0.2'));
  await aliases.add(['127.66.0.1', '127.66.0.2']);
  await expect(aliases.removeAll()).rejects.toThrow('Cannot take 1 addresses off lo0.');
  broken = false;
  await aliases.removeAll();
  expect(lines.slice(2)).toEqual([
    '/sbin/ifconfig lo0 -alias 127.66.0.2',
    '/sbin/ifconfig lo0 -alias 127.66.0.1',
    '/sbin/ifconfig lo0 -alias 127.66.0.2',
  ]);
});
