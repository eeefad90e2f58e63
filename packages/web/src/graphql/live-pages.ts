import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ChangeName } from "@millrace/model/topic";
import { useFallbackPoll, useRefreshOn } from "./live-query.ts";

/** One page of a list, and where the next one begins: null after the last. */
export interface PageOfRows<Row, Cursor> {
  readonly rows: readonly Row[];
  readonly next: Cursor | null;
}

/** What a list of pages shows, and how its next page comes. */
export interface LivePages<Row> {
  /** The rows of all pages that were asked for, in their order. */
  readonly rows: readonly Row[];
  /** Whether the first page has not come yet. */
  readonly isPending: boolean;
  /** Whether its answer is there. */
  readonly isSuccess: boolean;
  readonly error: Error | null;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

/** Shows a list page by page and keeps it fresh: asks again on each hint for `topic`, and every 2 s while no hints come. */
export function useLivePages<Row, Cursor>(options: {
  readonly queryKey: readonly unknown[];
  readonly topic: ChangeName;
  /** Where the first page begins. */
  readonly first: Cursor;
  readonly ask: (from: Cursor, signal: AbortSignal) => Promise<PageOfRows<Row, Cursor>>;
}): LivePages<Row> {
  const { queryKey, topic, first, ask } = options;
  useRefreshOn([topic]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask(pageParam as Cursor, signal),
    initialPageParam: first,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: useFallbackPoll(),
    meta: { topics: [topic] },
  });
  return { ...query, rows: query.data?.pages.flatMap((page) => page.rows) ?? [] };
}

/** The page of a list whose rows are their own cursors: the next one begins after the last row's `id`. */
export function pageById<Row extends { readonly id: string }>(
  page: { readonly nodes: readonly Row[]; readonly hasMore: boolean } | null | undefined,
): PageOfRows<Row, string | null> {
  const rows = page?.nodes ?? [];
  return { rows, next: page?.hasMore ? (rows.at(-1)?.id ?? null) : null };
}
