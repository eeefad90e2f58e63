import { APART_LIMIT, CHAOS_LIMITS } from "./chaos-project.ts";
import type { Launched, LoadRecord } from "./chaos-load.ts";
import { countMostAtOnce, listWorkerSpans, spanOf, type Execution } from "./proof.ts";

/** What somebody would say had happened. */
export type BrokenKind = "lost" | "doubled" | "orphans" | "stuck" | "exceeded";

/** What was broken, and how near things came to their limits. */
export interface Finding {
  readonly check: string;
  readonly kind: BrokenKind;
  /** What did not hold; empty: all is well. */
  readonly broken: readonly string[];
  readonly [figure: string]: unknown;
}

/** Holds what user code did against what may be done at once. */
export function checkExecutions(
  executions: readonly Execution[],
  { launched }: LoadRecord,
  stored: readonly { readonly id: string }[],
): Finding[] {
  const spans = listWorkerSpans(executions);
  const runs = new Map(launched.map((run) => [run.id, run]));
  const known = new Set(stored.map(({ id }) => id));
  const unknown = [...new Set(spans.map(({ run }) => run))].filter((id) => !known.has(id));
  const spansOf = (isMeant: (run: Launched) => boolean) =>
    spans.filter(({ run }) => {
      const known = runs.get(run);
      return known !== undefined && isMeant(known);
    });
  const limits: Finding[] = [
    checkLimit("runs at once", spans, CHAOS_LIMITS.max_concurrent_runs),
    ...["big", "small"].map((customer) =>
      checkLimit(
        `runs at once for customer ${customer}`,
        spansOf(({ tags }) => tags.customer === customer),
        1,
      ),
    ),
    checkLimit(
      "runs at once in the slow lane",
      spansOf(({ tags }) => tags.lane === "slow"),
      2,
    ),
  ];
  const twice = [...Map.groupBy(spans, ({ run }) => run)].filter(([, group]) => countMostAtOnce(group) > 1);
  const apart = [
    ...Map.groupBy(
      executions.filter(({ run }) => runs.get(run)?.jobName === "apart"),
      ({ worker }) => worker,
    ),
  ];
  const tooMany = apart.filter(
    ([, group]) => countMostAtOnce(group.map(({ deeds }) => spanOf(deeds))) > APART_LIMIT,
  );
  return [
    ...limits,
    {
      check: "each run has one worker at a time",
      kind: "doubled",
      broken: twice.map(([run]) => run),
      workers: spans.length,
    },
    {
      check: "steps at once in processes of their own",
      kind: "exceeded",
      broken: tooMany.map(([pid]) => `worker ${pid}`),
      runs: apart.length,
    },
    {
      check: "what is executed was launched",
      kind: "orphans",
      broken: unknown,
      executions: executions.length,
    },
  ];
}

function checkLimit(check: string, spans: Parameters<typeof countMostAtOnce>[0], limit: number): Finding {
  const most = countMostAtOnce(spans);
  return {
    check,
    kind: "exceeded",
    broken: most > limit ? [`${most} instead of ${limit}`] : [],
    most,
    limit,
  };
}
