import { join } from "node:path";
import { asset, runSubprocess } from "millrace";
import { database, days, python } from "./places.ts";

/** Made in Python from a model of dbt, and read by another one. */
export const customerScores = asset(
  "customer_scores",
  {
    partitions: days,
    after: ["stg_orders"],
    group: "sales",
    kinds: ["python", "duckdb"],
    description: "How likely each customer of a day is to come back.",
  },
  async (context) => {
    const run = await runSubprocess(context, {
      command: [python, join(import.meta.dirname, "customer_scores.py")],
      extras: { database },
    });
    return run.materializeResult();
  },
);
