import { asset, automation, materializeResult, metadata } from "millrace";
import { z } from "zod";
import { drawBarChart } from "./bar-chart.ts";
import { delaysByHour, monthlyDelays, months, routes } from "./flights.ts";
import { rawFlights, seattleWeather } from "./sources.ts";
import { from, warehouse } from "./warehouse.ts";

const options = { group: "reports", owners: ["team:data"] } as const;
/** Made again whenever what it is made of was made by itself. */
const follows = { automationCondition: automation.eager() } as const;

export const delayChart = asset(
  "delay_chart",
  {
    ...options,
    ...follows,
    deps: [delaysByHour],
    kinds: ["svg"],
    description: "When to leave: the mean delay of each hour of the day, drawn.",
  },
  (_context, hours) => {
    const chart = drawBarChart(
      "Mean delay in minutes by hour of departure",
      hours.map((hour) => ({ label: String(hour.hour), value: hour.meanDelay })),
    );
    return materializeResult({ value: chart, metadata: { chart: metadata.svg(chart) } });
  },
);

export const busiestRoutes = asset(
  "busiest_routes",
  {
    ...options,
    ...follows,
    deps: [routes],
    kinds: ["table"],
    resources: { warehouse },
    config: z.object({ top: z.number().int().min(1).max(100).default(10).describe("How many routes") }),
    description: "The routes flown most often.",
  },
  async (context, table) => {
    const rows = await context.resources.warehouse.query(
      `select * from ${from(table)} order by flights desc, origin, destination limit ${context.config.top}`,
    );
    return materializeResult({ value: rows, metadata: { routes: metadata.table(rows) } });
  },
);

export const monthSummary = asset(
  "month_summary",
  {
    ...options,
    deps: [monthlyDelays],
    partitions: months,
    kinds: ["markdown"],
    resources: { warehouse },
    description: "One month in a few sentences.",
  },
  async (context, delays) => {
    const rows = await context.resources.warehouse.query(
      `select airport, city, flights, mean_delay, late_percent from ${from(delays)} order by flights desc limit 5`,
    );
    const lines = rows.map(
      (row) =>
        `- **${row["city"]}**, ${row["airport"]}: ${row["flights"]} flights, ${row["mean_delay"]} min late on average`,
    );
    const summary = `# Flights in ${context.partitionKey.slice(0, 7)}\n\nThe five busiest airports:\n\n${lines.join("\n")}\n`;
    return materializeResult({ value: summary, metadata: { summary: metadata.md(summary) } });
  },
);

export const seattleDelays = asset(
  "seattle_delays",
  {
    ...options,
    deps: [rawFlights, seattleWeather],
    kinds: ["duckdb"],
    resources: { warehouse },
    description: "Delays out of Seattle beside what the weather is usually like on that day of the year.",
  },
  async (context, flights, weather) => {
    const rows = await context.resources.warehouse.query(
      `with usual as (select strftime(date, '%m-%d') as day, avg(precipitation) as rain from ${from(weather)} group by 1)
       select case when rain >= 5 then 'usually wet' when rain >= 1 then 'usually damp' else 'usually dry' end as weather,
              count(*) as flights, round(avg(delay_minutes), 2) as mean_delay
       from ${from(flights)} join usual on strftime(departed_at, '%m-%d') = day where origin = 'SEA' group by 1 order by 1`,
    );
    return materializeResult({
      value: rows,
      metadata: {
        delays: metadata.table(rows),
        flights: rows.reduce((sum, row) => sum + Number(row["flights"]), 0),
      },
    });
  },
);
