import { join } from "node:path";
import { asset, checkSpec, runSubprocess } from "millrace";
import { z } from "zod";
import { delaysByHour } from "./flights.ts";

const trend = z.object({ minutesPerHour: z.number(), minutesAtMidnight: z.number() });

/** Made by a Python script, which needs the package `dagster-pipes`; the rest of the example needs no Python. */
export const delayTrend = asset(
  "delay_trend",
  {
    group: "reports",
    owners: ["team:data"],
    deps: [delaysByHour],
    kinds: ["python"],
    checks: [checkSpec("is_a_line", { description: "The delay grows evenly over the day." })],
    config: z.object({
      python: z.string().default("python3").describe("The interpreter that has dagster-pipes"),
      minFlights: z
        .number()
        .int()
        .min(0)
        .default(50_000)
        .describe("Hours with fewer flights, as those of the night, are left out"),
    }),
    description: "How much later flights leave with every hour of the day: a line, fitted in Python.",
  },
  async (context, hours) => {
    const { python, minFlights } = context.config;
    const run = await runSubprocess(context, {
      command: [python, join(import.meta.dirname, "delay_trend.py")],
      extras: { hours, min_flights: minFlights },
    });
    return run.materializeResult({ value: trend.parse(run.customMessages[0]) });
  },
);
