import { join } from "node:path";
import { singleRun } from "millrace";
import { dbtAssets, dbtProject, type DbtTranslator } from "millrace-dbt";
import { database, dataFolder, days, python } from "./places.ts";

const project = dbtProject(join(import.meta.dirname, "../dbt"), {
  // An image is built with `dbt parse`.
  parses: process.env["NODE_ENV"] !== "production",
  executable: [python, "-c", "from dbt.cli.main import cli; cli()"],
  env: { SHOP_DATA: dataFolder, SHOP_DATABASE: database },
});

/** The source `scores.customer_scores` is what the Python asset makes. All else is called as in dbt. */
const translate: DbtTranslator = ({ name }) => (name === "customer_scores" ? { key: "customer_scores" } : {});

/** Tables with rows of days: dbt makes the days that a run is asked for in one go. */
export const daily = dbtAssets(project, {
  name: "dbt_daily",
  select: ({ tags }) => tags.includes("daily"),
  partitions: days,
  backfill: singleRun(),
  vars: ({ partitionRange }) => ({ first_day: partitionRange.start, last_day: partitionRange.end }),
  translate,
});

/** What is made as a whole: the seed, the snapshot and the view. */
export const whole = dbtAssets(project, {
  name: "dbt",
  exclude: ({ tags }) => tags.includes("daily"),
  translate,
});
