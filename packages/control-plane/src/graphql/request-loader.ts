import type DataLoader from "dataloader";
import type { UserContext } from "./context.ts";

/**
 * Declares what one request loads in one query, however many of its rows ask for it: the loader is made when the first row
 * of a request asks, and forgotten with the request.
 *
 * @example
 * export const runLoader = defineLoader(({ db }) => new DataLoader((ids) => …));
 * // in a resolver
 * resolve: (row, _args, context) => runLoader(context).load(row.runId)
 */
export function defineLoader<Key, Value, CacheKey = Key>(
  create: (context: UserContext) => DataLoader<Key, Value, CacheKey>,
): (context: UserContext) => DataLoader<Key, Value, CacheKey> {
  const loaders = new WeakMap<UserContext, DataLoader<Key, Value, CacheKey>>();
  return (context) => {
    const known = loaders.get(context);
    if (known !== undefined) return known;
    const loader = create(context);
    loaders.set(context, loader);
    return loader;
  };
}

/** What was found for keys, in their order, as a loader answers. */
export function inOrder<T, Missing>(
  keys: readonly string[],
  found: ReadonlyMap<string, T>,
  missing: Missing,
): (T | Missing)[] {
  return keys.map((key) => found.get(key) ?? missing);
}
