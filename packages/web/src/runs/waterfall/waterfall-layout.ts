/** A step as the waterfall needs it; instants are milliseconds since the epoch. */
export interface WaterfallStep {
  readonly key: string;
  readonly state: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** When a step that waits goes on; null: it does not wait. */
  readonly waitingUntil: number | null;
}

/** One row: where its bar begins and how long it is, as fractions of the time axis; no bar before the step has started. */
export interface WaterfallRow {
  readonly key: string;
  readonly state: string;
  readonly bar: { readonly left: number; readonly width: number } | null;
  readonly durationMs: number | null;
  readonly waitingUntil: number | null;
}

export interface TimeAxis {
  /** Length of the axis in milliseconds, at least 1. */
  readonly lengthMs: number;
  /** Marks at round times after the start. */
  readonly ticks: readonly { readonly atMs: number; readonly left: number }[];
}

/**
 * Lays steps out over the time from `from` to `to`: those that have started by their start, then those that wait, in the order
 * given. A step that has not ended reaches to `to`.
 */
export function layoutWaterfall(
  steps: readonly WaterfallStep[],
  from: number,
  to: number,
): { readonly rows: WaterfallRow[]; readonly axis: TimeAxis } {
  const end = Math.max(to, from + 1, ...steps.map((step) => step.endedAt ?? 0));
  const start = Math.min(from, ...steps.map((step) => step.startedAt ?? from));
  const lengthMs = end - start;
  const inOrder = [...steps].sort((a, b) => (a.startedAt ?? Infinity) - (b.startedAt ?? Infinity) || 0);
  const rows = inOrder.map(({ key, state, startedAt, endedAt, waitingUntil }): WaterfallRow => {
    if (startedAt === null) return { key, state, bar: null, durationMs: null, waitingUntil };
    const durationMs = Math.max(0, (endedAt ?? end) - startedAt);
    return {
      key,
      state,
      durationMs,
      waitingUntil,
      bar: { left: (startedAt - start) / lengthMs, width: durationMs / lengthMs },
    };
  });
  return { rows, axis: { lengthMs, ticks: ticksFor(lengthMs) } };
}

const TICK_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5,
  72e5, 216e5, 864e5,
];

/** Three to six marks at round distances. */
function ticksFor(lengthMs: number): TimeAxis["ticks"] {
  const step =
    TICK_STEPS.find((candidate) => lengthMs / candidate <= 5) ?? Math.ceil(lengthMs / 5 / 864e5) * 864e5;
  const count = Math.floor(lengthMs / step);
  return Array.from({ length: count + 1 }, (_, index) => ({
    atMs: index * step,
    left: (index * step) / lengthMs,
  }));
}
