import { stat } from "node:fs/promises";
import { job, runRequest, schedule, sensor, skip } from "millrace";
import { months } from "./flights.ts";
import { flightsFile } from "./sources.ts";

/** The last month that the data covers. */
const lastMonth = "2001-06-01";

/** Everything for one month, but for what needs Python. */
export const flightsReport = job("flights_report", {
  selection: "not kind:python",
  partitions: months,
  description: "All assets, for one month",
});

/** What Python makes, with all that it is made of. Python needs the package `dagster-pipes`. */
export const pythonReport = job("python_report", {
  selection: "+kind:python",
  description: "The trend of the delays, fitted in Python",
});

export const sourcesJob = job("sources", {
  selection: "group:sources",
  description: "Read the data files again",
});

export const everyMonth = schedule(
  "every_month",
  {
    cron: "0 6 1 * *",
    timezone: "America/Los_Angeles",
    job: flightsReport,
    runningByDefault: true,
    description: "On the first of a month: the month before, in the year of the data",
  },
  (context) => {
    const month = new Date(Date.UTC(2001, context.scheduledAt.getUTCMonth() - 1, 1))
      .toISOString()
      .slice(0, 10);
    return month <= lastMonth
      ? runRequest({ runKey: month, partitionKey: month })
      : skip(`the data does not reach ${month}`);
  },
);

export const newFlightsFile = sensor(
  "new_flights_file",
  {
    job: sourcesJob,
    minimumIntervalSeconds: 60,
    runningByDefault: true,
    description: "Reads the sources again when the file with the flights has changed",
  },
  async (context) => {
    const changed = String((await stat(flightsFile)).mtimeMs);
    if (changed === context.cursor) return skip("the file has not changed");
    context.setCursor(changed);
    if (context.cursor === null) return skip("the file is seen for the first time");
    return runRequest({ runKey: changed });
  },
);
