/** The one source of time: what reads the time or waits is handed one, so that tests and simulations move it. */
export interface Clock {
  /** Milliseconds since the epoch, with fractions. May be set back, as when the machine's clock is corrected. */
  now(): number;
  /** Milliseconds since some instant; never goes back. For how long something took. */
  monotonic(): number;
  /** Resolves after that many milliseconds, or at once when the signal is aborted; never rejects. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Further apart than this, the machine's clock was set, or the machine slept, since we last looked. */
const TOLERANCE_MS = 2;
/** The longest time that a timer takes; a longer one would end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: followMachine(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) => sleepFor(milliseconds, signal, true),
};

/** The same time, for waits that are no reason to stay: a process in which nothing else is left to do ends in the midst of them. */
export const backgroundClock: Clock = {
  ...systemClock,
  sleep: (milliseconds, signal) => sleepFor(milliseconds, signal, false),
};

/** `Date.now()` counts whole milliseconds; the monotonic clock has the fractions but does not follow a clock that is set. */
function followMachine(): () => number {
  let origin = performance.timeOrigin;
  return () => {
    const wall = Date.now();
    const fine = origin + performance.now();
    if (Math.abs(fine - wall) <= TOLERANCE_MS) return fine;
    origin += wall - fine;
    return wall;
  };
}

async function sleepFor(milliseconds: number, signal: AbortSignal, holdsProcess: boolean): Promise<void> {
  const end = performance.now() + milliseconds;
  for (let left = milliseconds; !signal.aborted; left = end - performance.now()) {
    await sleepOnce(Math.min(left, MAX_TIMER_MS), signal, holdsProcess);
    if (left <= MAX_TIMER_MS) return;
  }
}

function sleepOnce(milliseconds: number, signal: AbortSignal, holdsProcess: boolean): Promise<void> {
  // Not `Promise.withResolvers`, which the Node of an application may not have.
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (!holdsProcess) timer.unref();
    signal.addEventListener("abort", end);
  });
}
