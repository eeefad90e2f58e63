import { findNextTick } from "@millrace/model/ticks/due-ticks";
import type { DefinedInstigator, InstigatorKind, InstigatorRule } from "./instigator-rule.ts";

/** What somebody has switched a schedule or sensor to. */
export type SwitchedTo = "running" | "stopped";

/** Instants are milliseconds since the epoch. */
export interface InstigatorTimes {
  /** Since when it has ticked without a break; null: it does not. */
  readonly runningSince: number | null;
  readonly decidedUpTo: number;
  /** When there is something to decide; null: never. */
  readonly nextDue: number | null;
}

/** A schedule or sensor as it is known. */
export interface KnownInstigator extends InstigatorTimes {
  readonly id: string;
  readonly kind: InstigatorKind;
  readonly name: string;
  readonly keyName: string;
  /** Null: nothing defines it. */
  readonly rule: InstigatorRule | null;
  readonly problem: string | null;
  readonly runningByDefault: boolean;
  readonly switched: SwitchedTo | null;
  readonly lastTickAt: number | null;
}

/** What is to be stored of one. */
export interface PlannedInstigator extends Omit<KnownInstigator, "id" | "switched" | "lastTickAt"> {
  /** Null: it is new. */
  readonly id: string | null;
}

/**
 * Brings what is known of the schedules and sensors of a code location in line with what it defines now. What ticks as before goes on
 * as before; whatever begins to tick, or ticks at other times from now on, begins now: its past is never made up for.
 *
 * @param now milliseconds since the epoch.
 */
export function planInstigators(
  known: readonly KnownInstigator[],
  defined: readonly DefinedInstigator[],
  now: number,
): PlannedInstigator[] {
  const byName = new Map(known.map((instigator) => [keyOf(instigator.kind, instigator.name), instigator]));
  const names = new Set(defined.map(({ rule, name }) => keyOf(rule.kind, name)));
  const taken = new Set<string>();
  const findFormer = ({ rule: { kind }, name, renamedFrom }: DefinedInstigator): KnownInstigator | null => {
    const same = byName.get(keyOf(kind, name));
    if (same !== undefined) return same;
    const former = renamedFrom.find((old) => byName.has(keyOf(kind, old)) && !names.has(keyOf(kind, old)));
    return former === undefined ? null : (byName.get(keyOf(kind, former)) ?? null);
  };
  const keyNames = new Set(known.map(({ kind, keyName }) => keyOf(kind, keyName)));
  const planned = defined.map((definition): PlannedInstigator => {
    const found = findFormer(definition);
    const former = found === null || taken.has(found.id) ? null : found;
    if (former !== null) taken.add(former.id);
    const { name, rule, problem, runningByDefault } = definition;
    return {
      id: former?.id ?? null,
      kind: rule.kind,
      name,
      keyName: former?.keyName ?? chooseKeyName(keyNames, rule.kind, name),
      rule,
      problem,
      runningByDefault,
      ...timesOf(former, definition, now),
    };
  });
  const gone = known.filter(({ id, rule }) => rule !== null && !taken.has(id));
  return [...planned, ...gone.map((instigator) => undefine(instigator))];
}

/**
 * The times of a schedule or sensor whose definition, or whose switch, says something else than before.
 *
 * @param before null: it is new.
 */
export function timesOf(
  before: (InstigatorTimes & Pick<KnownInstigator, "rule" | "switched" | "lastTickAt">) | null,
  { rule, problem, runningByDefault }: Pick<DefinedInstigator, "rule" | "problem" | "runningByDefault">,
  now: number,
): InstigatorTimes {
  const isRunning =
    problem === null && (before?.switched ?? (runningByDefault ? "running" : "stopped")) === "running";
  if (!isRunning) return { runningSince: null, decidedUpTo: before?.decidedUpTo ?? now, nextDue: null };
  const isSame = before !== null && before.runningSince !== null && before.nextDue !== null;
  if (isSame && before.rule !== null && ticksAlike(before.rule, rule)) return pickTimes(before);
  const runningSince = before?.runningSince ?? now;
  return {
    runningSince,
    decidedUpTo: now,
    nextDue:
      rule.kind === "schedule"
        ? findNextTick(rule, now)
        : findNextEvaluation(rule.intervalSeconds, before?.lastTickAt ?? null, now),
  };
}

/** The first evaluation comes at once. */
function findNextEvaluation(intervalSeconds: number, lastTickAt: number | null, now: number): number {
  return lastTickAt === null ? now : Math.max(now, lastTickAt + intervalSeconds * 1_000);
}

/** Whether two rules tick at the same times. */
function ticksAlike(one: InstigatorRule, other: InstigatorRule): boolean {
  if (one.kind === "schedule" && other.kind === "schedule")
    return one.timezone === other.timezone && JSON.stringify(one.cron) === JSON.stringify(other.cron);
  return one.kind === "sensor" && other.kind === "sensor" && one.intervalSeconds === other.intervalSeconds;
}

function undefine(instigator: KnownInstigator): PlannedInstigator {
  const { id, kind, name, keyName, problem, runningByDefault, decidedUpTo } = instigator;
  return {
    id,
    kind,
    name,
    keyName,
    rule: null,
    problem,
    runningByDefault,
    decidedUpTo,
    runningSince: null,
    nextDue: null,
  };
}

/** The name, unless it was another one's that has a new name now. */
function chooseKeyName(taken: Set<string>, kind: InstigatorKind, name: string): string {
  let chosen = name;
  for (let number = 2; taken.has(keyOf(kind, chosen)); number++) chosen = `${name}#${number}`;
  taken.add(keyOf(kind, chosen));
  return chosen;
}

function pickTimes({ runningSince, decidedUpTo, nextDue }: InstigatorTimes): InstigatorTimes {
  return { runningSince, decidedUpTo, nextDue };
}

function keyOf(kind: InstigatorKind, name: string): string {
  return JSON.stringify([kind, name]);
}
