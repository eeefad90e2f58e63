import { systemClock } from "@millrace/model/time/clock";
import type { ChangeName } from "@millrace/model/topic";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { ServerUnreachable } from "../errors/client-error.ts";
import type { UserApi } from "./user-api.ts";

const AWAY_BACKOFF: Backoff = { firstMs: 250, longestMs: 5_000 };
/** How often to ask while the stream of changes does not stand. */
const POLL_MS = 500;

/** How long to follow something. */
export interface FollowOptions {
  /** Ends the following, which then throws the signal's reason, such as `AbortSignal.timeout(60_000)`. Default: nothing ends it. */
  readonly signal?: AbortSignal;
  /** Called each time when the control plane stops answering. It is asked again until it is back. */
  readonly onAway?: (error: ServerUnreachable) => void;
}

/** Yields the API to ask at each turn at which something of the topics may have changed. @throws the signal's reason. */
export async function* followTopics(
  api: UserApi,
  topics: readonly ChangeName[],
  { signal, onAway }: FollowOptions,
): AsyncGenerator<UserApi> {
  // Whoever stops reading ends the stream of changes too.
  const stopping = new AbortController();
  const ending = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
  const patient = untilBack(api, ending, onAway);
  try {
    for await (const _ of follow(api, topics, ending)) yield patient;
  } finally {
    stopping.abort();
  }
}

/**
 * Yields at once, and then each time something of the topics may have changed: whoever asks at every turn misses nothing. When the
 * stream of changes breaks, it yields every 500 ms until the stream is back.
 *
 * @throws the signal's reason.
 */
export async function* follow(
  api: UserApi,
  topics: readonly ChangeName[],
  signal: AbortSignal,
): AsyncGenerator<void> {
  for (;;) {
    yield;
    try {
      for await (const _ of api.changes(topics, signal)) yield;
    } catch {
      // Whoever asks at the next turn hears of what is wrong; where only the stream is refused, asking goes on.
    }
    await systemClock.sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/**
 * The same API, which while the control plane is away is asked again, for ever, with growing pauses.
 *
 * @param onAway Called each time when the control plane stops answering.
 */
function untilBack(api: UserApi, signal: AbortSignal, onAway?: (error: ServerUnreachable) => void): UserApi {
  return {
    ...api,
    async send(document, variables) {
      for (let failures = 1; ; failures++) {
        try {
          return await api.send(document, variables, signal);
        } catch (error) {
          if (!(error instanceof ServerUnreachable)) throw error;
          if (failures === 1) onAway?.(error);
          await systemClock.sleep(backoffMs(AWAY_BACKOFF, failures), signal);
          signal.throwIfAborted();
        }
      }
    },
  };
}
