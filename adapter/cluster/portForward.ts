import type { Duplex } from 'node:stream';
import { openPortForward } from '../tunnel/portforward.ts';
import type { Api } from './api.ts';

/** Opens the API server's port-forward to one port of a pod's loopback, with the credentials of the moment. */
export async function portForward(
  api: Api,
  namespace: string,
  pod: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const { url, request } = await api.upgrade(`/api/v1/namespaces/${namespace}/pods/${pod}/portforward`);
  return openPortForward({ url: `${url}?ports=${port}`, request, port }, signal);
}
