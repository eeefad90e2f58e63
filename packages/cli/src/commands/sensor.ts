import type { Command } from "commander";
import { print } from "../terminal/printable.ts";
import { createUserApi } from "../user-api/client.ts";
import {
  EvaluateSensorDocument,
  ResetSensorDocument,
  SensorsDocument,
  SensorTicksDocument,
  SetSensorCursorDocument,
  StartSensorDocument,
  StopSensorDocument,
} from "../user-api/documents.gen.ts";
import {
  addInstigatorCommands,
  findInstigator,
  locationOption,
  printEvaluation,
  type InstigatorCommands,
} from "./instigator.ts";
import { urlOption } from "./options.ts";

const SWITCHES = { start: StartSensorDocument, stop: StopSensorDocument, reset: ResetSensorDocument };

const SENSORS: InstigatorCommands = {
  kind: "sensor",
  list: async (api) =>
    (await api.send(SensorsDocument, {})).sensors.map((sensor) => ({
      ...sensor,
      when: `${sensor.kind}, every ${sensor.minimumIntervalSeconds} s`,
    })),
  switchTo: async (api, verb, { locationName, name }) =>
    (await api.send(SWITCHES[verb], { locationName, name })).switched?.state,
  listTicks: async (api, { locationName, name }, page) =>
    (await api.send(SensorTicksDocument, { locationName, name, ...page })).instigator?.state.ticks,
};

interface Options {
  readonly url: string;
  readonly location?: string;
}

/** `millrace sensor …`: whether sensors are evaluated, how far they have seen, and what their ticks did. */
export function addSensorCommands(program: Command): void {
  const sensor = program
    .command("sensor")
    .description("List, start, stop and preview sensors, list their ticks, show and set their cursors");
  addInstigatorCommands(sensor, SENSORS);
  sensor
    .command("preview")
    .description(
      "Evaluate it once and print what it would launch, as JSON; nothing is launched, and its cursor stays",
    )
    .argument("<name>")
    .option("--cursor <text>", "the cursor that its code is told; default: the one that it has")
    .option(
      "--event-cursor <text>",
      "of a sensor on assets or runs: tell it of what came after this; default: of the newest events",
    )
    .addOption(locationOption())
    .addOption(urlOption())
    .action(async (text: string, options: Options & { cursor?: string; eventCursor?: string }) => {
      const api = createUserApi(options.url);
      const { locationName, name, state } = await findInstigator(api, SENSORS, text, options.location);
      const cursor = options.cursor ?? state.cursor;
      const eventCursor = options.eventCursor ?? null;
      const { evaluation } = await api.send(EvaluateSensorDocument, {
        locationName,
        name,
        cursor,
        eventCursor,
      });
      await printEvaluation(api, evaluation.id);
    });
  sensor
    .command("cursor")
    .description("Print its cursor, or set or delete it")
    .argument("<name>")
    .option("--set <text>", "what its next evaluation is told")
    .option("--delete", "its next evaluation is told none, as at first")
    .addOption(locationOption())
    .addOption(urlOption())
    .action(async (text: string, options: Options & { set?: string; delete?: boolean }) => {
      const api = createUserApi(options.url);
      const { locationName, name, state } = await findInstigator(api, SENSORS, text, options.location);
      if (options.set === undefined && !options.delete) {
        print(state.cursor ?? "");
        return;
      }
      const cursor = options.delete ? null : (options.set ?? null);
      await api.send(SetSensorCursorDocument, { locationName, name, cursor });
      print(cursor ?? "");
    });
}
