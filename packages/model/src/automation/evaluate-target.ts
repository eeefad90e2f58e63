import { serializeSubset, type SerializedSubset } from "../partitions/serialize-subset.ts";
import { isEmptySubset, type PartitionsSubset } from "../partitions/subset.ts";
import type { AutomationTarget } from "./asset-state-view.ts";
import type { AutomationUnit } from "./automation-plan.ts";
import type { AutomationCondition } from "./condition.ts";
import type { AutomationCursor, Rest } from "./cursor.ts";
import { evaluateCondition, type ConditionResult } from "./evaluate-condition.ts";
import { addRequest, allPartitions, noPartitions, type Evaluation, type Round } from "./evaluation.ts";
import { noteChangeAt, startRestNotes, type RestNotes } from "./rest.ts";

/** The evaluation of one target: what it requests, why, and what it has to be given next time. */
export interface TargetEvaluation {
  readonly target: AutomationTarget;
  /** May be empty. An asset that a step makes only together with others is requested along with them. */
  readonly requested: PartitionsSubset;
  readonly explanation: ConditionResult;
  readonly cursor: AutomationCursor;
}

/** Evaluates the targets of one unit in their order and adds what they request to the round. */
export function evaluateUnit(
  round: Round,
  unit: AutomationUnit,
  cursorOf: (name: string) => AutomationCursor | null,
): TargetEvaluation[] {
  const evaluations = unit.targets.map(({ target, name, condition }) => {
    const evaluation = evaluateTarget(round, target, condition, cursorOf(name));
    if (!isEmptySubset(evaluation.requested)) {
      // What is requested of one asset of a step is made of the others too.
      const together =
        target.check === null ? unit.assets.map((asset) => ({ asset, check: null })) : [target];
      for (const each of together) addRequest(round, each, evaluation.requested);
    }
    return evaluation;
  });
  if (unit.assets.length < 2) return evaluations;
  return evaluations.map((evaluation) => withRequestsOfOthers(round, evaluation));
}

function withRequestsOfOthers(round: Round, evaluation: TargetEvaluation): TargetEvaluation {
  const requested = round.requested.get(evaluation.target.asset);
  if (evaluation.target.check !== null || !requested) return evaluation;
  const cursor = { ...evaluation.cursor, requested: serializeSubset(requested), rest: null };
  return { ...evaluation, requested, cursor };
}

function evaluateTarget(
  round: Round,
  root: AutomationTarget,
  condition: AutomationCondition,
  before: AutomationCursor | null,
): TargetEvaluation {
  const restNotes = startRestNotes();
  const evaluation: Evaluation = {
    ...round,
    root,
    cursor: before,
    memory: new Map(),
    codeVersions: new Map(),
    restNotes,
  };
  restNotes.looksAt.add(root.asset);
  const explanation = evaluateCondition(evaluation, condition, root, allPartitions(evaluation, root));
  const wanted = explanation.trueSubset;
  const memory = Object.fromEntries(evaluation.memory);
  const codeVersions = Object.fromEntries(evaluation.codeVersions);
  const isNew = restNotes.sawNews || before === null || !hasSameMemory(before, { memory, codeVersions });
  const asked = isNew ? undefined : before.asked;
  const repeatAt = asked && isSameSerialized(asked.requested, wanted) ? asked.time + round.repeatMs : 0;
  const isWithheld = round.now < repeatAt && !isEmptySubset(wanted);
  if (isWithheld) noteChangeAt(restNotes, repeatAt);
  const requested = isWithheld ? noPartitions(evaluation, root) : wanted;
  const granted = isEmptySubset(requested)
    ? asked
    : { requested: serializeSubset(requested), time: round.now };
  const cursor = {
    time: round.now,
    lastEvent: round.view.lastEvent,
    requested: serializeSubset(requested),
    memory,
    codeVersions,
    ...(granted ? { asked: granted } : {}),
  };
  const isQuiet = before !== null && isEmptySubset(requested) && remembersTheSame(before, cursor);
  return {
    target: root,
    requested,
    explanation,
    cursor: { ...cursor, rest: isQuiet ? toRest(restNotes) : null },
  };
}

function toRest({ sawNews, until, looksAt }: RestNotes): Rest | null {
  if (sawNews) return null;
  return { until: until === Infinity ? null : until, looksAt: [...looksAt] };
}

type Remembered = Pick<AutomationCursor, "memory" | "codeVersions" | "requested">;

/** Whether the next evaluation starts from what this one started from. An order that differs only has it evaluated once more. */
function remembersTheSame(before: Remembered, after: Remembered): boolean {
  return hasSameMemory(before, after) && JSON.stringify(before.requested) === JSON.stringify(after.requested);
}

function hasSameMemory(
  before: Pick<Remembered, "memory" | "codeVersions">,
  after: Pick<Remembered, "memory" | "codeVersions">,
): boolean {
  return isSameRecord(before.memory, after.memory) && isSameRecord(before.codeVersions, after.codeVersions);
}

function isSameSerialized(serialized: SerializedSubset, subset: PartitionsSubset): boolean {
  return JSON.stringify(serialized) === JSON.stringify(serializeSubset(subset));
}

function isSameRecord(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && JSON.stringify(a[name]) === JSON.stringify(b[name]))
  );
}
