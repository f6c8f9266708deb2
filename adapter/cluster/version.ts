import type { Api } from './api.ts';

/** The API server's version, e.g. "v1.34.1". */
export async function serverVersion(api: Api, signal: AbortSignal): Promise<string> {
  const { gitVersion } = await api.request<{ gitVersion: string }>('/version', { signal });
  return gitVersion;
}
