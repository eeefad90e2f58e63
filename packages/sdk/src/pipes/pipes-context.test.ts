import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { daily } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { createPipesContext, type PipesContextDocument } from "./pipes-context.ts";

test("code that takes several partitions hands its script their range, and one partition as such", async () => {
  const documents: PipesContextDocument[] = [];
  const days = daily({ start: "2026-01-01", end: "2026-02-01" });
  const orders = asset("orders", { partitions: days, backfill: singleRun() }, async (context) => {
    documents.push(await createPipesContext(context, {}));
  });

  await materialize([orders], { partitionRange: { start: "2026-01-02", end: "2026-01-03" } });
  await materialize([orders], { partitionKey: "2026-01-05" });

  expect(documents).toMatchObject([
    {
      partition_key: null,
      partition_key_range: { start: "2026-01-02", end: "2026-01-03" },
      partition_time_window: {
        start: "2026-01-02T00:00:00.000+00:00",
        end: "2026-01-04T00:00:00.000+00:00",
      },
    },
    {
      partition_key: "2026-01-05",
      partition_key_range: { start: "2026-01-05", end: "2026-01-05" },
    },
  ]);
});
