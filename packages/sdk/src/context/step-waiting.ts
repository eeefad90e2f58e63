import { ExpectedError } from "@millrace/model/expected-error";

/** What a step waited for did not come in time. The attempt fails by it, unless its code catches it. */
export class WaitTimedOut extends ExpectedError {
  readonly code = "wait_timed_out";

  constructor(seconds: number) {
    super(`What the step waits for has not come within ${seconds} seconds`);
    this.name = "WaitTimedOut";
  }
}

/** How a wait may be told from others of the same step. */
export interface WaitOptions {
  /**
   * For a wait that not every call of the code comes to, such as one within an `if`. Default: waits are told apart by their order among
   * those of the same method.
   */
  readonly name?: string;
}

/** How something is waited for. Spans of time are in seconds. */
export interface WaitForOptions extends WaitOptions {
  /** From one poll to the next. */
  readonly every: number;
  /** From the first poll of this attempt on; when it is over the wait fails with `WaitTimedOut`. Default: for ever. */
  readonly timeout?: number;
}

/**
 * Waits that cost nothing. One of 10 seconds or more gives up the step's process: **the code ends there**, not even its `finally` blocks
 * run, and when the time has come it is called again from its beginning, as the same attempt. A wait that is over then lets it pass at
 * once. So do the waiting first, or keep what was done before with `context.state`. Shorter waits, and those of a step that makes several
 * partitions one after the other, keep the process and go on where they are.
 *
 * A step waits for one thing at a time: what it does beside a wait ends with it.
 */
export interface StepWaiting {
  /**
   * Waits for so many seconds from when the attempt first came here.
   *
   * @throws InvalidSeconds
   */
  sleep(seconds: number, options?: WaitOptions): Promise<void>;
  /**
   * Waits until an instant; one that is past lets pass. The instant of the first call counts.
   *
   * @throws InvalidWait for a date that is none, or is more than ten years away.
   */
  sleepUntil(date: Date, options?: WaitOptions): Promise<void>;
  /**
   * Asks again and again, at once and then at intervals, until the answer is something: neither `false` nor `null` nor `undefined`.
   * What `poll` throws fails the step.
   *
   * @example
   * const result = await context.waitFor(() => findExport("j-17"), { every: 60, timeout: 6 * 3600 });
   *
   * @throws WaitTimedOut
   * @throws InvalidSeconds
   */
  waitFor<T>(
    poll: () => T | Promise<T>,
    options: WaitForOptions,
  ): Promise<Exclude<T, false | null | undefined>>;
}
