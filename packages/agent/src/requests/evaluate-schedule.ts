import type { TickAnswer } from "@millrace/model/runs/work-item";
import { parseEvaluateSchedule } from "./parse-work.ts";
import type { WorkContext } from "./work-handler.ts";

/** Asks the code server what one tick of a schedule wants. The result is a TickAnswer. */
export async function evaluateSchedule(
  context: WorkContext,
  payload: unknown,
  signal: AbortSignal,
): Promise<TickAnswer> {
  const { token, ...work } = parseEvaluateSchedule(payload);
  const { client } = await context.locations.getServing(work.locationName, signal);
  // Loaded with the first tick: message classes cost an agent without schedules and sensors nothing.
  const { askSchedule } = await import("../locations/ask-for-tick.ts");
  const deployment = token === null ? null : { agentApiUrl: context.agentApiUrl, token };
  return askSchedule(client, work, deployment, signal);
}
