import { expect, test } from '@jest/globals';
import { externalEndpoints } from '../../../adapter/machine/services/externalendpoints.ts';
import { choosePodPorts, exposePodPorts, readPodPorts } from '../../../adapter/machine/services/podports.ts';
import { UndoStack } from '../../../adapter/undo.ts';
import { Log } from '../../../adapter/log.ts';
import { ask, echo, serve } from '../processes/server.ts';
import { cluster } from './shop.ts';

const choose = (declared: number[], texts: string[], localPorts: number[] = []) =>
  choosePodPorts(declared, readPodPorts(texts, localPorts)).map(
    ({ local, remote, asked }) => `${local}:${remote}${asked ? ' asked' : ''}`,
  );

test("podPorts adds to the ports of the pod's other containers, or leaves out", () => {
  expect(choose([3500, 50001], [])).toEqual(['3500:3500', '50001:50001']);
  expect(choose([3500, 50001], ['!50001', '6000'])).toEqual(['6000:6000 asked', '3500:3500']);
  expect(choose([3500, 50001], ['!*'])).toEqual([]);
  expect(choose([3500, 50001], ['!*', '3500'])).toEqual(['3500:3500 asked']);
  expect(choose([3500], ['13500:3500'])).toEqual(['13500:3500 asked']);
  expect(choose([3500, 3500], [])).toEqual(['3500:3500']);
});

test.each([
  ['0', 'a number from 1 to 65535'],
  ['70000', 'a number from 1 to 65535'],
  ['1:70000', 'a number from 1 to 65535'],
  ['!70000', 'a number from 1 to 65535'],
  ['3000', 'the local process listens on port 3000'],
  ['6000:7000', 'leads to port 6000 of the pod already'],
])('podPorts: "%s" is refused', (text, words) => {
  expect(() => readPodPorts(['6000', text], [3000])).toThrow(words);
  try {
    readPodPorts(['6000', text], [3000]);
  } catch (error) {
    expect(error).toMatchObject({ code: 'configuration-invalid', attribute: 'podPorts' });
  }
});

test.each([
  ['10.0.0.1:80', 'is an address'],
  ['localhost:80', "always this machine's own"],
  ['a..b:80', 'is no host name'],
  ['db.internal:0', '"0" is no port'],
  ['db.internal:80,65536', '"65536" is no port'],
])('externalEndpoints: "%s" is refused', (text, words) => {
  expect(() => externalEndpoints([text])).toThrow(words);
});

test('externalEndpoints names each host once, in lower case', () => {
  expect(externalEndpoints(['DB.internal:5432', 'db.internal:80,5432'])).toEqual([
    {
      kind: 'endpoint',
      name: 'db.internal',
      namespace: '',
      host: 'db.internal',
      ports: [{ port: 5432 }, { port: 80 }],
    },
  ]);
});

test("the pod's ports are there on 127.0.0.1; one in use here is left out and said, unless it was asked for", async () => {
  await using pod = await cluster();
  await using taken = await serve('127.0.0.1', echo);
  const free = await (async () => {
    await using server = await serve('127.0.0.1', echo);
    return server.port;
  })();
  const said: string[] = [];
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const options = {
    ...pod,
    localPorts: [1],
    undo,
    log: new Log('test', '/dev/null'),
    progress: { step: () => undefined, say: (text: string) => said.push(text), warn: () => undefined },
  };
  const port = (local: number, asked = false) => ({ local, remote: 3500, asked });
  const open = await exposePodPorts([port(free), port(taken.port), port(1)], options);
  expect(open).toEqual([port(free)]);
  expect(await ask('127.0.0.1', free, 'hello')).toBe('hello');
  expect(pod.dialled).toEqual(['localhost:3500']);
  expect(said[0]).toContain(`${taken.port} (`);
  expect(said[0]).toContain(`process ${process.pid}`);
  expect(said[0]).toContain('1 (the local process listens there)');
  await expect(exposePodPorts([port(taken.port, true)], options)).rejects.toMatchObject({
    code: 'port-in-use',
    attribute: 'podPorts',
  });
  await undo.undo();
  expect(await ask('127.0.0.1', free, 'hello')).toBe('ECONNREFUSED');
});
