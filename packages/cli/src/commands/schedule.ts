import type { Command } from "commander";
import { createUserApi } from "../user-api/client.ts";
import {
  EvaluateScheduleDocument,
  ResetScheduleDocument,
  SchedulesDocument,
  ScheduleTicksDocument,
  StartScheduleDocument,
  StopScheduleDocument,
} from "../user-api/documents.gen.ts";
import {
  addInstigatorCommands,
  findInstigator,
  locationOption,
  printEvaluation,
  type InstigatorCommands,
} from "./instigator.ts";
import { urlOption } from "./options.ts";

const SWITCHES = { start: StartScheduleDocument, stop: StopScheduleDocument, reset: ResetScheduleDocument };

const SCHEDULES: InstigatorCommands = {
  kind: "schedule",
  list: async (api) =>
    (await api.send(SchedulesDocument, {})).schedules.map((schedule) => ({
      ...schedule,
      when: `${schedule.cron.join(", ")} ${schedule.timezone}`,
    })),
  switchTo: async (api, verb, { locationName, name }) =>
    (await api.send(SWITCHES[verb], { locationName, name })).switched?.state,
  listTicks: async (api, { locationName, name }, page) =>
    (await api.send(ScheduleTicksDocument, { locationName, name, ...page })).instigator?.state.ticks,
};

/** `millrace schedule …`: whether schedules tick, and what their ticks did. */
export function addScheduleCommands(program: Command): void {
  const schedule = program
    .command("schedule")
    .description("List, start, stop and preview schedules, and list their ticks");
  addInstigatorCommands(schedule, SCHEDULES);
  schedule
    .command("preview")
    .description("Evaluate one tick and print what it would launch, as JSON; nothing is launched")
    .argument("<name>")
    .option("--at <instant>", "the time that the tick stands for, such as 2026-01-01T06:00:00Z; default: now")
    .addOption(locationOption())
    .addOption(urlOption())
    .action(async (text: string, options: { url: string; location?: string; at?: string }) => {
      const api = createUserApi(options.url);
      const { locationName, name } = await findInstigator(api, SCHEDULES, text, options.location);
      const at = options.at ?? null;
      const { evaluation } = await api.send(EvaluateScheduleDocument, { locationName, name, at });
      await printEvaluation(api, evaluation.id);
    });
}
