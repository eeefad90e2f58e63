import { createHook } from "node:async_hooks";

/** Enough for the await and the calls that led there. */
const STACK_DEPTH = 20;

/** Knows which awaits have not come to their end, from its making until it is stopped. */
export interface StalledAwaits {
  /** The stacks of all that still wait, the one that began last first. */
  list(): string[];
  /** Notes no further await. */
  stop(): void;
}

/** Notes where each await stands that begins from now on in this process. That costs a few microseconds for each. */
export function watchAwaits(): StalledAwaits {
  const waiting = new Map<number, { readonly stack?: string }>();
  const hook = createHook({
    init(id, type) {
      if (type !== "PROMISE") return;
      const depth = Error.stackTraceLimit;
      Error.stackTraceLimit = STACK_DEPTH;
      const place: { readonly stack?: string } = {};
      // Written out only when it is asked for.
      Error.captureStackTrace(place);
      Error.stackTraceLimit = depth;
      waiting.set(id, place);
    },
    promiseResolve(id) {
      waiting.delete(id);
    },
  });
  hook.enable();
  return {
    list: () => Array.from(waiting.values(), ({ stack }) => stack ?? "").toReversed(),
    stop: () => void hook.disable(),
  };
}
