import type { TickAnswer } from "@millrace/model/runs/work-item";
import { evaluateTick } from "./evaluate-tick.ts";
import { parseEvaluateSchedule } from "./parse-work.ts";
import type { WorkContext, WorkToDo } from "./work-handler.ts";

/** Asks the code server what one tick of a schedule wants. The result is a TickAnswer. */
export async function evaluateSchedule(
  context: WorkContext,
  { payload }: WorkToDo,
  signal: AbortSignal,
): Promise<TickAnswer> {
  const { token, ...work } = parseEvaluateSchedule(payload);
  const of = { locationName: work.locationName, kind: "schedule", name: work.scheduleName } as const;
  return evaluateTick(context, of, token, signal, ({ askSchedule }, client, deployment) =>
    askSchedule(client, work, deployment, signal),
  );
}
