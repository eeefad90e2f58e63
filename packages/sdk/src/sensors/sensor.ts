import { captureSourcePosition } from "../definition/source-position.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import type { Job } from "../jobs/job.ts";
import type { RequestedKeys } from "../ticks/requested-keys.ts";
import type { TickCode } from "../ticks/tick-outcome.ts";
import { createSensor } from "./create-sensor.ts";
import type { Sensor, SensorContext, SensorOptions } from "./sensor-definition.ts";

/**
 * Declares a sensor. `evaluate` runs in the code server and answers which runs to launch.
 *
 * @example
 * export const newFiles = sensor("new_files", { job: loadFiles }, async (context) => {
 *   const files = await listFilesAfter(context.cursor);
 *   const last = files.at(-1);
 *   if (last === undefined) return skip("no new files");
 *   context.setCursor(last);
 *   return files.map((file) => runRequest({ runKey: file }));
 * });
 */
export function sensor<
  R extends ResourceMap = {},
  J extends Job = never,
  const T extends SelectionInput = never,
>(
  name: string,
  options: SensorOptions<R, J, T>,
  evaluate: TickCode<SensorContext<R, RequestedKeys<J, T>>, RequestedKeys<J, T>>,
): Sensor;
export function sensor(
  name: string,
  options: SensorOptions<ResourceMap>,
  evaluate: (context: never) => unknown,
): Sensor {
  return createSensor("standard", name, null, options, evaluate, captureSourcePosition(sensor));
}
