import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, test } from '@jest/globals';
import { clusterDomains, clusterNames, doubtfulNames } from '../../../adapter/machine/services/hostnames.ts';
import { naming } from '../../../adapter/machine/services/naming.ts';
import { PublicNames } from '../../../adapter/machine/services/publicnames.ts';
import { nameServer } from './nameserver.ts';

const home = { homeNamespace: 'shop', clusterDomains: ['cluster.local', 'corp.example'] };
const db = { name: 'db', namespace: 'shop' };

test("a service has all the names a pod would use, with the cluster's own domain", () => {
  expect(clusterNames(db, home)).toEqual([
    'db',
    'db.shop',
    'db.shop.svc',
    'db.shop.svc.cluster.local',
    'db.shop.svc.corp.example',
  ]);
  expect(clusterNames({ ...db, namespace: 'other' }, home)[0]).toBe('db.other');
  expect(clusterNames({ name: 'db.internal', namespace: '', kind: 'endpoint' }, home)).toEqual([
    'db.internal',
  ]);
});

test("the cluster's domain is the one in which the pod looks names up", () => {
  const searches = ['shop.svc.corp.example', 'svc.corp.example', 'corp.example', 'office.example'];
  expect(clusterDomains(searches, 'shop')).toEqual(['corp.example']);
  expect(clusterDomains(['office.example'], 'shop')).toEqual(['cluster.local']);
  expect(clusterDomains([], 'shop')).toEqual(['cluster.local']);
});

test('names that may mean something outside are those that end with a namespace', () => {
  expect(doubtfulNames(db, 'shop')).toEqual(['db.shop']);
  expect(doubtfulNames({ ...db, name: 'db-0.db' }, 'shop')).toEqual(['db-0.db', 'db-0.db.shop']);
  expect(doubtfulNames({ ...db, kind: 'endpoint' }, 'shop')).toEqual([]);
});

test('a NAME.NAMESPACE that already resolves here is left as it is, and said once', async () => {
  await using server = await nameServer({ 'go.dev': '203.0.113.7', 'six.dev': '2001:db8::1' });
  const resolver = new dns.Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([server.address]);
  const said: string[] = [];
  const name = naming({
    session: 'test',
    homeNamespace: 'dev',
    clusterDomains: ['cluster.local'],
    publicNames: new PublicNames(resolver),
    progress: { step: () => undefined, say: (text) => said.push(text), warn: (text) => said.push(text) },
  });
  const services = ['go', 'six', 'redis-of-test', hostname().toLowerCase()].map((each) => ({
    name: each,
    namespace: 'dev',
    host: '10.0.0.1',
    ports: [],
  }));
  const names = await name(services);
  expect(names[0]).toEqual(['go', 'go.dev.svc', 'go.dev.svc.cluster.local']);
  expect(names[1]).not.toContain('six.dev');
  expect(names[2]).toContain('redis-of-test.dev');
  expect(names[3]).not.toContain(hostname().toLowerCase());
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('"go.dev" (it means something outside the cluster)');
  expect(said[0]).toContain('"six.dev"');
  expect(said[0]).toContain(`"${hostname().toLowerCase()}" (it is the name of this machine)`);
  const asked = server.asked.length;
  expect(await name(services)).toEqual(names);
  expect(said).toHaveLength(1);
  expect(server.asked).toHaveLength(asked);
});

test('a DNS server that says nothing makes nothing resolve', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new dns.Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  expect(await new PublicNames(resolver).among(['go.dev'])).toEqual(new Set());
  socket.close();
});
