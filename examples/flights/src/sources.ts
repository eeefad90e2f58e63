import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { asset, materializeResult, metadata } from "millrace";
import { from, quote, warehouse, type Table, type Warehouse } from "./warehouse.ts";

/** The data files that the npm package `vega-datasets` ships. */
const datasets = join(dirname(createRequire(import.meta.url).resolve("vega-datasets")), "..", "data");

/** The file that everything is made of; the sensor watches it. */
export const flightsFile = join(datasets, "flights-3m.parquet");

const options = { group: "sources", owners: ["team:data"], resources: { warehouse } } as const;

export const rawFlights = asset(
  "raw_flights",
  {
    ...options,
    kinds: ["parquet", "duckdb"],
    codeVersion: "1",
    description: "Every US flight of the first half of 2001 in the sample: three million rows.",
  },
  async (context) => {
    const table = await context.resources.warehouse.save(
      "raw_flights",
      `select date as departed_at, delay as delay_minutes, distance as miles, origin, destination from '${quote(flightsFile)}'`,
    );
    context.log.info(`${table.rows.toLocaleString("en")} flights`);
    return materializeResult({
      value: table,
      metadata: {
        file: metadata.path(flightsFile),
        ...(await describeTable(context.resources.warehouse, table)),
      },
    });
  },
);

export const airports = asset(
  "airports",
  {
    ...options,
    kinds: ["csv", "duckdb"],
    codeVersion: "1",
    description: "Code, name and place of 3,376 US airports.",
  },
  async (context) => {
    const table = await context.resources.warehouse.save(
      "airports",
      `select iata, name, city, state, latitude, longitude from read_csv('${quote(join(datasets, "airports.csv"))}')`,
    );
    return materializeResult({
      value: table,
      metadata: await describeTable(context.resources.warehouse, table),
    });
  },
);

export const seattleWeather = asset(
  "seattle_weather",
  {
    ...options,
    kinds: ["csv", "duckdb"],
    codeVersion: "1",
    description: "Four years of daily weather in Seattle, 2012 to 2015.",
  },
  async (context) => {
    const table = await context.resources.warehouse.save(
      "seattle_weather",
      `select date, precipitation, temp_max, temp_min, wind, weather from read_csv('${quote(join(datasets, "seattle-weather.csv"))}')`,
    );
    return materializeResult({
      value: table,
      metadata: await describeTable(context.resources.warehouse, table),
    });
  },
);

/** Metadata that every table here carries: how many rows, which columns, the first of them. */
export async function describeTable(opened: Warehouse, table: Table) {
  const [columns, sample] = await Promise.all([
    opened.columns(table),
    opened.query(`select * from ${from(table)} limit 5`),
  ]);
  return {
    "dagster/row_count": metadata.int(table.rows),
    "dagster/column_schema": metadata.tableSchema(columns),
    sample: metadata.table(sample),
  };
}
