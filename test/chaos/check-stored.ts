import { globSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "@millrace/control-plane/database/connect";
import { readLogBytes } from "@millrace/control-plane/logs/read-log";
import type { LogStorage } from "@millrace/control-plane/logs/storage/log-storage";
import { checkStoredHistories } from "@millrace/control-plane/simulation/stored-history";
import { sql } from "kysely";
import { BACKFILL_TAG } from "@millrace/control-plane/runs/run-tags";
import type { BackfillRecord } from "./chaos-backfills.ts";
import type { LoadRecord } from "./chaos-load.ts";
import type { Finding } from "./check-executions.ts";
import type { HarmRecord } from "./harm.ts";
import type { Execution } from "./proof.ts";

export interface StoredRun {
  readonly id: string;
  /** Null: assets without a job. */
  readonly jobName: string | null;
  readonly origin: string;
  /** The backfill that it belongs to. */
  readonly backfill: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly key: string | null;
  /** Why steps failed. */
  readonly errors: readonly { readonly code: string | null; readonly message: string }[];
  readonly attempts: number;
}

/** Holds what is stored against what was launched, harmed and executed. */
export async function checkStored(
  db: Db,
  load: LoadRecord,
  backfills: BackfillRecord,
  harm: HarmRecord,
  executions: readonly Execution[],
  logs: LogStorage,
): Promise<{ readonly runs: readonly StoredRun[]; readonly findings: readonly Finding[] }> {
  const { rows: runs } = await sql<StoredRun>`
    select id::text, job_name as "jobName", origin_kind as origin, tags ->> ${BACKFILL_TAG}::text as backfill, status, failure_reason as reason, failure_message as message, tags ->> 'launch' as key, attempt as attempts,
      coalesce((select jsonb_agg(e.event -> 'error') from run_event e where e.run_id = run.id and e.type = 'STEP_FAILURE'), '[]') as errors
    from run order by id`.execute(db);
  const findings = [
    checkRuns(runs, load),
    checkTwice(runs, load),
    checkEnds(runs, load, backfills, harm, executions),
    await checkHistories(db),
    await checkSteps(db, executions),
    await checkOutput(db, logs, executions),
    await checkLeftovers(db),
  ];
  return { runs, findings };
}

function checkRuns(runs: readonly StoredRun[], { launched }: LoadRecord): Finding {
  const ids = new Set(runs.map(({ id }) => id));
  const broken = launched.flatMap(({ id, key }) => (ids.has(id) ? [] : [`${key} (${id}) is not there`]));
  return { check: "no launch is lost", kind: "lost", broken, launches: launched.length };
}

function checkTwice(runs: readonly StoredRun[], { launched }: LoadRecord): Finding {
  const ofUsers = runs.filter(({ origin }) => origin === "user");
  const keys = Map.groupBy(ofUsers, ({ key }) => key);
  const broken = [...keys].flatMap(([key, same]) =>
    same.length > 1 ? [`${key} is ${same.length} runs`] : [],
  );
  const known = new Set(launched.map(({ id }) => id));
  const unknown = ofUsers.filter(({ id }) => !known.has(id)).map(({ id }) => `nobody launched ${id}`);
  return { check: "no launch is doubled", kind: "doubled", broken: [...broken, ...unknown] };
}

/** A run fails only when it was written so, or when something of it was killed and it may not go on. */
function checkEnds(
  runs: readonly StoredRun[],
  { terminated }: LoadRecord,
  { canceled }: BackfillRecord,
  harm: HarmRecord,
  executions: readonly Execution[],
): Finding {
  const harmed = new Set(harm.killedRuns);
  for (const { run, pid, worker } of executions)
    if (harm.killed.has(pid) || harm.killed.has(worker)) harmed.add(run);
  const isExplained = ({ id, jobName, backfill, status, reason, attempts, errors }: StoredRun): boolean => {
    if (status === "CANCELED") return terminated.has(id) || canceled.has(backfill ?? "");
    if (status !== "FAILURE") return status === "SUCCESS" && jobName !== "broken_job";
    // The agent that had the values did not come back in time, so that the run went on without them.
    if (isAwayFromValues({ attempts, errors })) return harmed.has(id);
    if (reason === "STEP_FAILURE") return jobName === "broken_job" || (jobName === "apart" && harmed.has(id));
    return reason === "WORKER_DIED" && harmed.has(id);
  };
  return {
    check: "each run has an end, and a cause when it failed",
    kind: "lost",
    broken: runs
      .filter((run) => !isExplained(run))
      .map(
        ({ id, jobName, status, message, errors }) =>
          `${jobName} ${id} ${status} ${message} ${JSON.stringify(errors)}`,
      ),
    ends: countBy(runs.map(nameEnd)),
    harmed: countBy(runs.filter(({ id }) => harmed.has(id)).map(nameEnd)),
    resumed: runs.filter(({ attempts }) => attempts > 1).length,
    awayFromValues: runs.filter(isAwayFromValues).length,
  };
}

function isAwayFromValues({ attempts, errors }: Pick<StoredRun, "attempts" | "errors">): boolean {
  return attempts > 1 && errors.some(({ code }) => code === "value_not_stored");
}

function nameEnd({ status, reason, attempts }: StoredRun): string {
  return `${reason ?? status}${attempts > 1 ? " in a further attempt" : ""}`;
}

async function checkHistories(db: Db): Promise<Finding> {
  const events = await db
    .selectFrom("run_event")
    .select((of) => of.fn.countAll<number>().as("count"))
    .executeTakeFirst();
  const broken = await checkStoredHistories(db).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  return {
    check: "each event is stored once and in order",
    kind: "lost",
    broken,
    events: Number(events?.count),
  };
}

/** What code did, its run's log says once: which step began in which attempt, and what it logged, in order. */
async function checkSteps(db: Db, executions: readonly Execution[]): Promise<Finding> {
  const { rows } = await sql<{ run: string; attempt: number; step: string; type: string; message: string }>`
    select run_id::text as run, attempt, step_key as step, type, message from run_event
    where type in ('STEP_START', 'STEP_RESTARTED', 'STEP_SUCCESS', 'LOG') and step_key is not null order by run_id, position`.execute(
    db,
  );
  const stored = Map.groupBy(rows, ({ run, step }) => `${run} ${step}`);
  const done = Map.groupBy(executions, ({ run, step }) => `${run} ${step}`);
  const broken: string[] = [];
  for (const [key, group] of done) {
    const events = stored.get(key) ?? [];
    const begun = events.filter(({ type }) => type === "STEP_START" || type === "STEP_RESTARTED").length;
    if (begun < group.length)
      broken.push(`${key} was executed ${group.length} times and begun ${begun} times`);
    const succeeded = events.findIndex(({ type }) => type === "STEP_SUCCESS");
    if (succeeded >= 0 && succeeded < events.length - 1)
      broken.push(`${key} went on after its success: ${JSON.stringify(events.slice(succeeded))}`);
    const logged = events.filter(({ type }) => type === "LOG").map(({ message }) => message);
    const said = group.flatMap(({ deeds }) =>
      deeds.flatMap(({ what }) => (what.startsWith("said ") ? [what.slice(5)] : [])),
    );
    const missing = countMissing(
      said.map((number) => `tick ${number}`),
      logged,
    );
    // What a process says just before it is killed may be in the log and not in its notes, once for each execution.
    if (missing > 0 || logged.length > said.length + group.length)
      broken.push(`${key} said ${said.join(" ")} and its log has ${logged.join(", ")}`);
  }
  return { check: "what steps did is in their run's log, once", kind: "lost", broken, steps: done.size };
}

/** What steps printed is stored, byte for byte as often as it was printed. */
async function checkOutput(db: Db, logs: LogStorage, executions: readonly Execution[]): Promise<Finding> {
  const { rows } = await sql<{
    run: string;
    deployment: string;
    attempt: number;
    size: number;
    gaps: number;
  }>`
    with chunk as (
      select run_id, deployment_id, attempt, byte_offset, byte_length,
        byte_offset - coalesce(lag(byte_offset + byte_length) over (partition by run_id, attempt order by byte_offset), 0) as gap
      from log_chunk where stream = 'stdout'
    )
    select run_id::text as run, deployment_id as deployment, attempt, sum(byte_length)::integer as size,
      (count(*) filter (where gap <> 0))::integer as gaps
    from chunk group by run_id, deployment_id, attempt order by run_id, attempt`.execute(db);
  const outputs = new Map<string, { lines: string[]; gaps: number }>();
  for (const { run, deployment, attempt, size, gaps } of rows) {
    const log = { deploymentId: deployment, runId: run, attempt, stream: "stdout" } as const;
    const { bytes } = await readLogBytes({ db, logs }, log, 0, size);
    const before = outputs.get(run) ?? { lines: [], gaps: 0 };
    const lines = bytes.toString("utf8").split("\n");
    outputs.set(run, { lines: [...before.lines, ...lines], gaps: before.gaps + gaps });
  }
  const broken: string[] = [];
  let printed = 0;
  for (const [run, group] of Map.groupBy(executions, (execution) => execution.run)) {
    const { lines, gaps } = outputs.get(run) ?? { lines: [], gaps: 0 };
    const said = group.flatMap(({ step, deeds }) =>
      deeds.flatMap(({ what }) => (what.startsWith("said ") ? [`${step} tick ${what.slice(5)}`] : [])),
    );
    printed += said.length;
    const missing = countMissing(said, lines);
    const ticks = lines.filter((line) => line.includes(" tick ")).length;
    if (gaps > 0 || missing > 0 || ticks > said.length + group.length)
      broken.push(`run ${run}: ${gaps} gaps, ${missing} lines missing, ${ticks} lines of ${said.length}`);
  }
  return { check: "what steps printed is stored, once", kind: "lost", broken, lines: printed };
}

async function checkLeftovers(db: Db): Promise<Finding> {
  const { rows } = await sql<{ what: string }>`
    select 'work ' || kind || ' ' || idempotency_key || ' is ' || state as what from work_item where state in ('pending', 'claimed')
    union all
    select 'attempt ' || attempt || ' of run ' || run_id || ' is ' || state from run_attempt where state in ('assigned', 'running')
    union all
    select 'run ' || id || ' is ' || status from run where status not in ('SUCCESS', 'FAILURE', 'CANCELED')`.execute(
    db,
  );
  return { check: "no work, slot or run is left over", kind: "stuck", broken: rows.map(({ what }) => what) };
}

/** Journals are delivered and removed: what is left are the folders of workers that stand by. */
export function checkHomes(homes: readonly string[]): Finding {
  const broken = homes.flatMap((home) => globSync(join(home, "workers", "*", "{worker.json,events.jsonl}")));
  return { check: "every journal is delivered and removed", kind: "orphans", broken };
}

/** How many of the wanted there are too few of. */
function countMissing(wanted: readonly string[], found: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) + 1);
  return wanted.filter((text) => {
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  }).length;
}

function countBy(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(texts, (text) => text)].map(([text, group]) => [text, group.length]),
  );
}
