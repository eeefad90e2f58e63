import { captureSourcePosition } from "../definition/source-position.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { TickOutcome } from "../ticks/tick-outcome.ts";
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
export function sensor<R extends ResourceMap = {}>(
  name: string,
  options: SensorOptions<R>,
  evaluate: (context: SensorContext<R>) => TickOutcome | Promise<TickOutcome>,
): Sensor;
export function sensor(
  name: string,
  options: SensorOptions<ResourceMap>,
  evaluate: (context: never) => unknown,
): Sensor {
  return createSensor("standard", name, null, options, evaluate, captureSourcePosition(sensor));
}
