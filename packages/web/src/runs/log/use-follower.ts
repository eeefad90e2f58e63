import { useEffect, useState, useSyncExternalStore } from "react";
import { systemClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
import type { ChangeName } from "@millrace/model/topic";
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
  topic: ChangeName,
  live: boolean,
): { readonly content: Content; readonly version: number; readonly caughtUp: boolean } {
  const [{ content, follower }] = useState(() => {
    const source = createSource();
    return { content: source.content, follower: new Follower(source.readOn) };
  });
  const hints = useChangeFeedIsLive();
  const version = useSyncExternalStore(follower.subscribe, () => follower.version);
  const { caughtUp } = follower;
  useEffect(() => {
    follower.open();
    const end = changeFeed.subscribe(topic, () => follower.refresh());
    return () => {
      end();
      follower.close();
    };
  }, [follower, topic]);
  useEffect(() => {
    follower.refresh();
    if (!live && caughtUp) return undefined;
    const stop = new AbortController();
    void every(systemClock, hints ? SAFETY_POLL_MS : POLL_MS, stop.signal, () => follower.refresh());
    return () => stop.abort();
  }, [follower, live, hints, caughtUp]);
  return { content, version, caughtUp };
}
