import { asset, materializeResult, metadata, monthly } from "millrace";
import { z } from "zod";
import { airports, describeTable, rawFlights } from "./sources.ts";
import { from, warehouse } from "./warehouse.ts";

const options = {
  group: "flights",
  kinds: ["duckdb"],
  owners: ["team:data"],
  resources: { warehouse },
} as const;

/** The six months that the data covers. */
export const months = monthly({ start: "2001-01-01", end: "2001-07-01" });

export const monthlyFlights = asset(
  "monthly_flights",
  {
    ...options,
    deps: [rawFlights],
    partitions: months,
    codeVersion: "1",
    config: z.object({ minMiles: z.number().min(0).default(0).describe("Shorter flights are left out") }),
    retryPolicy: { maxRetries: 2, delaySeconds: 1, backoff: "exponential" },
    description: "The flights of one month.",
  },
  async (context, flights) => {
    const { start, end } = context.partitionWindow;
    const table = await context.resources.warehouse.save(
      `monthly_flights/${context.partitionKey}`,
      `select * from ${from(flights)}
       where departed_at >= '${start.toISOString()}'::timestamp and departed_at < '${end.toISOString()}'::timestamp
         and miles >= ${context.config.minMiles}`,
    );
    context.log.info(`${table.rows.toLocaleString("en")} flights in ${context.partitionKey}`);
    return materializeResult({
      value: table,
      metadata: await describeTable(context.resources.warehouse, table),
    });
  },
);

export const monthlyDelays = asset(
  "monthly_delays",
  {
    ...options,
    deps: [monthlyFlights, airports],
    partitions: months,
    codeVersion: "1",
    description: "Mean delay of each airport in one month, with its name and place.",
  },
  async (context, flights, places) => {
    const table = await context.resources.warehouse.save(
      `monthly_delays/${context.partitionKey}`,
      `select origin, any_value(name) as airport, any_value(city) as city, any_value(state) as state, count(*) as flights,
              round(avg(delay_minutes), 2) as mean_delay, round(avg((delay_minutes > 15)::int) * 100, 1) as late_percent
       from ${from(flights)} join ${from(places)} on origin = iata group by origin order by flights desc`,
    );
    return materializeResult({
      value: table,
      metadata: {
        ...(await describeTable(context.resources.warehouse, table)),
        "dagster/column_lineage": metadata.columnLineage({
          flights: [{ assetKey: "monthly_flights", column: "origin" }],
          mean_delay: [{ assetKey: "monthly_flights", column: "delay_minutes" }],
          airport: [{ assetKey: "airports", column: "name" }],
        }),
      },
    });
  },
);

export const routes = asset(
  "routes",
  {
    ...options,
    deps: [rawFlights],
    codeVersion: "1",
    description: "How often each pair of airports was flown, how far it is, how late one was.",
  },
  async (context, flights) => {
    const table = await context.resources.warehouse.save(
      "routes",
      `select origin, destination, count(*) as flights, any_value(miles) as miles, round(avg(delay_minutes), 2) as mean_delay
       from ${from(flights)} group by all`,
    );
    return materializeResult({
      value: table,
      metadata: await describeTable(context.resources.warehouse, table),
    });
  },
);

export const delaysByHour = asset(
  "delays_by_hour",
  {
    ...options,
    deps: [rawFlights],
    codeVersion: "1",
    description: "Mean delay for each hour of the day at which flights leave.",
  },
  async (context, flights) => {
    const rows = await context.resources.warehouse.query(
      `select hour(departed_at) as hour, count(*) as flights, round(avg(delay_minutes), 2) as mean_delay
       from ${from(flights)} group by 1 order by 1`,
    );
    const hours = rows.map((row) => ({
      hour: Number(row["hour"]),
      flights: Number(row["flights"]),
      meanDelay: Number(row["mean_delay"]),
    }));
    return materializeResult({ value: hours, metadata: { hours: metadata.table(rows) } });
  },
);
