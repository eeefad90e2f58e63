import { readFileSync } from "node:fs";

/** What user code noted that it did. */
export interface Deed {
  /** Microseconds of the machine's monotonic clock. */
  readonly at: number;
  /** `begin`, `tick`, `said N` after it had said "tick N", `end`. */
  readonly what: string;
  readonly run: string;
  readonly step: string;
  /** Which attempt of the step, from 1. */
  readonly try: number;
  readonly pid: number;
  /** The process of the run's worker; that of the step itself unless steps run in processes of their own. */
  readonly worker: number;
}

/** One execution of a step's body. */
export interface Execution {
  readonly run: string;
  readonly step: string;
  readonly try: number;
  readonly pid: number;
  readonly worker: number;
  /** In the order in which it did them. */
  readonly deeds: readonly Deed[];
  readonly hasEnded: boolean;
}

/** A time in which something was surely going on, in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function readDeeds(file: string): Deed[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Deed);
}

/** @throws when a body was executed twice as one try by one process. */
export function listExecutions(deeds: readonly Deed[]): Execution[] {
  const groups = Map.groupBy(deeds, ({ run, step, try: attempt, pid }) => `${run} ${step} ${attempt} ${pid}`);
  return [...groups].map(([key, group]) => {
    const [first] = group;
    const begins = group.filter(({ what }) => what === "begin").length;
    if (first === undefined || first.what !== "begin" || begins !== 1)
      throw new Error(`Execution ${key} began ${begins} times`);
    const { run, step, pid, worker } = first;
    return {
      run,
      step,
      try: first.try,
      pid,
      worker,
      deeds: group,
      hasEnded: group.at(-1)?.what === "end",
    };
  });
}

/** When each run was surely being executed, by worker: from the first to the last thing that its code did there. */
export function listWorkerSpans(executions: readonly Execution[]): (Span & { readonly run: string })[] {
  return [...Map.groupBy(executions, ({ run, worker }) => `${run} ${worker}`).values()].map((group) => ({
    run: group[0]?.run ?? "",
    ...spanOf(group.flatMap(({ deeds }) => deeds)),
  }));
}

/** From the first deed to the last one. */
export function spanOf(deeds: readonly Deed[]): Span {
  const times = deeds.map(({ at }) => at);
  return { from: Math.min(...times), to: Math.max(...times) };
}

/** How many of the spans there were at one time, at most. */
export function countMostAtOnce(spans: readonly Span[]): number {
  const turns = spans.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  let [now, most] = [0, 0];
  // What ends in the instant in which another begins does not overlap it.
  for (const { by } of turns.sort((one, other) => one.at - other.at || one.by - other.by))
    most = Math.max(most, (now += by));
  return most;
}
