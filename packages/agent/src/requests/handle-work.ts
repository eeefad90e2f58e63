import { AgentApiRefused } from "@millrace/protocol/agent-api-client";
import { FailWorkDocument } from "@millrace/protocol/agent-api.gen";
import { WORK_KINDS, type WorkKind } from "@millrace/model/runs/work-item";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { evaluateSchedule } from "./evaluate-schedule.ts";
import { evaluateSensor } from "./evaluate-sensor.ts";
import { launchRun } from "./launch-run.ts";
import type { ResultTeller } from "./result-teller.ts";
import { terminateRun } from "./terminate-run.ts";
import { PermanentWorkFailure } from "./permanent-failure.ts";
import type { WorkContext, WorkHandler, WorkToDo } from "./work-handler.ts";

/** Who does what. A new kind of work is a file beside these and a line here. */
const HANDLERS: { readonly [K in WorkKind]: WorkHandler<K> } = {
  launch_run: launchRun,
  terminate_run: terminateRun,
  evaluate_schedule: evaluateSchedule,
  evaluate_sensor: evaluateSensor,
};

/**
 * How long after work is done that is told. The worker of a run asks at the moment of its launch whether it may begin, and
 * somebody waits for its first line; for the word that it was launched nobody does.
 */
const TELL_AFTER_MS: Record<WorkKind, number> = {
  launch_run: 50,
  terminate_run: 0,
  evaluate_schedule: 0,
  evaluate_sensor: 0,
};

/** One item as the control plane hands it out. */
export interface ClaimedItem extends WorkToDo {
  readonly id: string;
  readonly kind: string;
  readonly deliveries: number;
  readonly leaseMs: number;
}

/**
 * Does one work item and tells the control plane how it went. An item that this agent can't do fails alone.
 * Rejects only when the signal is aborted or the agent's token is refused.
 */
export async function handleWork(
  context: WorkContext,
  teller: ResultTeller,
  item: ClaimedItem,
  signal: AbortSignal,
): Promise<void> {
  const { uplink, agentId, logger } = context;
  const log = { workItem: item.id, kind: item.kind, deliveries: item.deliveries };
  let done: { readonly result: unknown } | { readonly error: unknown };
  try {
    done = { result: await handlerFor(item.kind)(context, item, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    done = { error };
  }
  try {
    const problem =
      "result" in done ? await tellResult(context, teller, item, done.result, signal) : done.error;
    if (problem === null) return;
    const transient = !(problem instanceof PermanentWorkFailure);
    logger.warn(
      { ...log, transient, err: problem },
      transient ? "work failed; it will be delivered again" : "work can't be done",
    );
    await uplink.sendUntilAnswered(
      FailWorkDocument,
      { agentId, itemId: item.id, transient, error: toErrorInfo(problem) },
      signal,
    );
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    logger.error({ ...log, err: error }, "the control plane refused the outcome of work");
  }
}

/** Tells what came of an item. One that the control plane can't take, such as for its size, is a failure; null: it was told. */
async function tellResult(
  { logger, clock }: WorkContext,
  teller: ResultTeller,
  item: ClaimedItem,
  result: unknown,
  signal: AbortSignal,
): Promise<PermanentWorkFailure | null> {
  const { id, kind, deliveries } = item;
  const afterMs = isWorkKind(kind) ? TELL_AFTER_MS[kind] : 0;
  if (afterMs > 0) await clock.sleep(afterMs, signal);
  try {
    if (!(await teller.tell(item, result, signal)))
      logger.warn(
        { workItem: id, kind, deliveries },
        "work was done after its lease had been lost; another delivery decides",
      );
    return null;
  } catch (error) {
    if (!(error instanceof AgentApiRefused) || error.code !== "bad_request") throw error;
    return new PermanentWorkFailure(
      "result_refused",
      `The control plane refused what came of the work: ${error.message}`,
    );
  }
}

function handlerFor(kind: string): WorkHandler {
  if (isWorkKind(kind)) return HANDLERS[kind];
  throw new PermanentWorkFailure(
    "unknown_work_kind",
    `This agent does not know work of kind "${kind}"; a newer agent may`,
  );
}

function isWorkKind(kind: string): kind is WorkKind {
  return (WORK_KINDS as readonly string[]).includes(kind);
}
