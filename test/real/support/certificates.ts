import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { execa } from 'execa';
import { realCluster, kubeconfigWith, type KubeconfigFile } from './kubeconfigs.ts';
import { temporaryFolder } from './listening.ts';

/**
 * A way to the cluster that lets in who shows a certificate, and nobody else: a proxy before the API server,
 * since the cluster of these tests knows no authority for client certificates. `requests` counts who came in.
 */
export async function certificateProxy(): Promise<
  { kubeconfig: KubeconfigFile; requests: () => number } & AsyncDisposable
> {
  const { server: api, authority, token } = await realCluster();
  const [own, client] = await Promise.all([certificate('proxy'), certificate('developer')]);
  let requests = 0;
  const onward = ({ url, method, headers }: IncomingMessage): [URL, RequestOptions] => {
    requests++;
    return [
      new URL(url ?? '/', api),
      {
        method,
        ca: authority,
        headers: { ...headers, host: new URL(api).host, authorization: `Bearer ${token}` },
      },
    ];
  };
  const proxy = createServer({ ...own, ca: client.cert, requestCert: true }, (incoming, answer) => {
    const upstream = request(...onward(incoming), (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    upstream.on('error', () => answer.destroy());
    answer.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  proxy.on('upgrade', (incoming: IncomingMessage, near: Duplex) => {
    const upstream = request(...onward(incoming));
    near.on('error', () => upstream.destroy());
    upstream.on('error', () => near.destroy());
    upstream.on('upgrade', (response, far, head) => {
      const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${String(value)}`);
      near.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      near.write(head);
      far.on('error', () => near.destroy());
      near.on('close', () => far.destroy());
      far.pipe(near).pipe(far);
    });
    upstream.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const kubeconfig = await kubeconfigWith({
    server: `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    authority: own.cert,
    user: { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
  });
  return {
    kubeconfig,
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      await kubeconfig[Symbol.asyncDispose]();
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

/** A key and a certificate that vouches for itself. */
async function certificate(name: string): Promise<{ key: string; cert: string }> {
  await using folder = await temporaryFolder();
  const [key, cert] = [join(folder.path, 'key'), join(folder.path, 'cert')];
  const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const about = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  await execa('openssl', ['req', '-x509', ...elliptic, ...about, '-keyout', key, '-out', cert]);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
