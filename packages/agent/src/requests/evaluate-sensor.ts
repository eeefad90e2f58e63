import type { TickAnswer } from "@millrace/model/runs/work-item";
import { evaluateTick } from "./evaluate-tick.ts";
import { parseEvaluateSensor } from "./parse-work.ts";
import type { WorkContext, WorkToDo } from "./work-handler.ts";

/** Asks the code server what one tick of a sensor wants. The result is a TickAnswer. */
export async function evaluateSensor(
  context: WorkContext,
  { payload }: WorkToDo,
  signal: AbortSignal,
): Promise<TickAnswer> {
  const { token, ...work } = parseEvaluateSensor(payload);
  const of = { locationName: work.locationName, kind: "sensor", name: work.sensorName } as const;
  return evaluateTick(context, of, token, signal, ({ askSensor }, client, deployment) =>
    askSensor(client, work, deployment, signal),
  );
}
