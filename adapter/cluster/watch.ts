import { ApiError, type Api } from './api.ts';
import type { Resource, ResourceList } from './resources.ts';

/**
 * Follows a collection and calls `decide` with all of its items, at first and after each change, until it
 * returns something other than `undefined`. Ends with the signal's reason when aborted; errors thrown by
 * `decide` end it too. A watch that the server ended or that fell behind begins anew.
 */
export async function watchUntil<T extends Resource, R>(
  api: Api,
  path: string,
  query: Record<string, string>,
  decide: (items: T[]) => R | undefined | Promise<R | undefined>,
  signal: AbortSignal,
): Promise<R> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    for (;;) {
      const list = await api.request<ResourceList<T>>(path, { query, signal });
      const items = new Map(list.items.map((item) => [item.metadata.uid, item]));
      const first = await decide([...items.values()]);
      if (first !== undefined) return first;
      const from = { ...query, resourceVersion: list.metadata.resourceVersion };
      for await (const event of api.watch<T>(path, from, either)) {
        if (event.type === 'ERROR') break;
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') items.delete(event.object.metadata.uid);
        else items.set(event.object.metadata.uid, event.object);
        const decision = await decide([...items.values()]);
        if (decision !== undefined) return decision;
      }
      signal.throwIfAborted();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ApiError && error.status === 410)
      return await watchUntil(api, path, query, decide, signal);
    throw error;
  } finally {
    ended.abort();
  }
}
