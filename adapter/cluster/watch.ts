import { setTimeout as delay } from 'node:timers/promises';
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

/** Milliseconds after which an API server that was away is asked again: nothing announces that it is back. */
const patience = 1000;

/**
 * Follows a collection until `signal` aborts: `take` gets all of its items, at first and after each change.
 * Rejects with the signal's reason, or when already the first answer is an error.
 */
export async function follow<T extends Resource>(
  api: Api,
  path: string,
  query: Record<string, string>,
  take: (items: readonly T[]) => void,
  signal: AbortSignal,
): Promise<never> {
  const seen: { items?: readonly T[] } = {};
  for (;;) {
    try {
      await watchUntil<T, never>(
        api,
        path,
        query,
        (items) => {
          seen.items = items;
          take(items);
          return undefined;
        },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      if (seen.items === undefined) throw error;
      await delay(patience, undefined, { signal });
    }
  }
}
