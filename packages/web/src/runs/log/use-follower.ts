import { useEffect, useState, useSyncExternalStore } from "react";
import { changeFeed, useChangeFeedIsLive } from "../../graphql/live-query.ts";
import { Follower, type FollowStep } from "./follower.ts";

const POLL_MS = 2_000;
const SAFETY_POLL_MS = 15_000;

/** What reads on, and what it has read so far. */
export interface Source<Content> {
  readonly content: Content;
  readonly readOn: (signal: AbortSignal) => Promise<FollowStep>;
}

/**
 * Follows a source while the component is mounted: on each hint for `topic`, and by polling, seldom while hints arrive. When
 * `live` turns false it reads once more and stops. Give the component a `key` for what it follows; the source is made once.
 */
export function useFollower<Content>(
  createSource: () => Source<Content>,
  topic: string,
  live: boolean,
): { readonly content: Content; readonly version: number; readonly caughtUp: boolean } {
  const [source] = useState(createSource);
  const [follower, setFollower] = useState<Follower | null>(null);
  const hints = useChangeFeedIsLive();
  useEffect(() => {
    const created = new Follower(source.readOn);
    setFollower(created);
    created.refresh();
    const end = changeFeed.subscribe(topic, () => created.refresh());
    return () => {
      end();
      created.close();
    };
  }, [source, topic]);
  useEffect(() => {
    follower?.refresh();
    if (!follower || (!live && follower.caughtUp)) return undefined;
    const timer = setInterval(() => follower.refresh(), hints ? SAFETY_POLL_MS : POLL_MS);
    return () => clearInterval(timer);
  }, [follower, live, hints]);
  const version = useSyncExternalStore(follower?.subscribe ?? subscribeToNothing, () => follower?.version ?? 0);
  return { content: source.content, version, caughtUp: follower?.caughtUp ?? false };
}

function subscribeToNothing(): () => void {
  return () => undefined;
}
