import {
  type QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { systemClock } from "@millrace/model/time/clock";
import type { ChangeName } from "@millrace/model/topic";
import { ChangeFeed } from "./change-feed.ts";
import {
  acceptAnswersSince,
  acceptedAnswers,
  ControlPlaneUnreachable,
  type Document,
  execute,
} from "./client.ts";

/** The page's one stream of change hints. */
export const changeFeed = new ChangeFeed();

/** How often queries ask again while no hints arrive. */
const FALLBACK_POLL_MS = 2_000;
/** How often they ask anyway: a hint that got lost costs this much at most. */
const SAFETY_POLL_MS = 30_000;
/** At least this long between two refreshes of one topic, so that a busy run does not keep the browser busy. */
const REFRESH_GAP_MS = 150;

/**
 * Shows the answer of a query and keeps it fresh: asks again on each hint for one of `topics`, and every 2 s while no hints come.
 * `document: null` asks nothing.
 */
export function useLiveQuery<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  options: {
    readonly topics?: readonly ChangeName[];
    readonly pollMs?: number;
    readonly enabled?: boolean;
  } = {},
): UseQueryResult<Result> {
  const { topics = [], pollMs = SAFETY_POLL_MS, enabled = true } = options;
  const fallback = useFallbackPoll(pollMs);
  useRefreshOn(enabled ? topics : []);
  return useQuery({
    ...documentQuery(document, variables, topics),
    enabled,
    refetchInterval: topics.length > 0 ? fallback : pollMs,
  });
}

/** The query of one document, for hooks that need more than `useLiveQuery`. */
export function documentQuery<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  topics: readonly ChangeName[] = [],
) {
  return queryOptions({
    queryKey: [document.toString(), variables],
    queryFn: ({ signal }) => execute(document, variables, signal),
    meta: { topics },
  });
}

/** How often a query that hints refresh asks all the same, in milliseconds: seldom while they arrive, often while they don't. */
export function useFallbackPoll(pollMs = SAFETY_POLL_MS): number {
  return useChangeFeedIsLive() ? pollMs : FALLBACK_POLL_MS;
}

/** Whether change hints arrive now. */
export function useChangeFeedIsLive(): boolean {
  return useSyncExternalStore(
    (listener) => changeFeed.onStateChange(listener),
    () => changeFeed.live,
  );
}

/** Asks again for every mounted query of these topics when a hint comes. */
export function useRefreshOn(topics: readonly ChangeName[]): void {
  const client = useQueryClient();
  const key = topics.join(" ");
  useEffect(() => {
    if (key === "") return undefined;
    const ends = key
      .split(" ")
      .map((topic) => changeFeed.subscribe(topic as ChangeName, () => refreshTopic(client, topic)));
    return () => ends.forEach((end) => end());
  }, [client, key]);
}

/** Whether a failed request is worth repeating: only when nobody answered. */
export function isWorthRetrying(_failures: number, error: Error): boolean {
  return error instanceof ControlPlaneUnreachable;
}

const refreshing = new Map<string, "running" | "again">();

/** Refreshes at once, then at most every `REFRESH_GAP_MS`; a hint during a refresh is never lost, and none cancels another. */
function refreshTopic(client: QueryClient, topic: string): void {
  if (refreshing.has(topic)) {
    refreshing.set(topic, "again");
    return;
  }
  refreshing.set(topic, "running");
  const query = {
    predicate: (candidate: { meta: Record<string, unknown> | undefined }) =>
      (candidate.meta?.["topics"] as readonly string[] | undefined)?.includes(topic) ?? false,
  };
  const at = changeFeed.lastHintAt;
  acceptAnswersSince(at);
  void client
    .invalidateQueries(query)
    .catch(() => undefined) // Each query holds its own error.
    .then(() => {
      if (acceptedAnswers() === at) acceptAnswersSince(null);
    })
    .then(() => systemClock.sleep(REFRESH_GAP_MS, new AbortController().signal))
    .then(() => {
      const again = refreshing.get(topic) === "again";
      refreshing.delete(topic);
      if (again) refreshTopic(client, topic);
    });
}
