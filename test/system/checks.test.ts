import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

/** Orders that a file decides about, with every kind of check that needs no value, and days of sales. */
const DEFINITIONS = `
import { readFileSync } from "node:fs";
import { asset, columnChangeChecks, daily, definitions, freshness, freshnessChecks, materializeResult, metadata, observableAsset,
  observeResult, partitionFreshnessChecks, rowCountAnomalyChecks } from "millrace";
import { z } from "zod";

const schema = z.array(z.object({ id: z.int() }));
const orders = asset("orders", { schema }, () => {
  const { columns, rows } = JSON.parse(readFileSync("orders.json", "utf8"));
  const value = Array.from({ length: rows }, (_, id) => ({ id: rows === 13 ? "unlucky" : id }));
  return materializeResult({ value, metadata: { row_count: rows, column_schema: metadata.tableSchema(columns) } });
});
const sales = asset("sales", { partitions: daily({ start: "2024-01-01" }) }, () => 1);
const source = observableAsset("source", {}, () =>
  observeResult({ metadata: { last_updated_timestamp: metadata.timestamp(new Date("2024-01-01T00:00:00Z")) } }));

const policy = freshness.timeWindow({ failSeconds: 3600 });
export default definitions({
  assets: [orders, sales, source],
  checks: [
    ...freshnessChecks({ assets: [orders, sales, source], policy }),
    ...partitionFreshnessChecks({ assets: [sales], deadlineCron: "0 9 * * *" }),
    ...columnChangeChecks({ assets: [orders] }),
    ...rowCountAnomalyChecks({ assets: [orders], leastHistory: 3 }),
  ],
});
`;

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS, "orders.json": "{}" });
  stack = await startTestStack();
  await stack.load("shop", project.folder);
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

/** Runs assets or checks to the end; what the checks said, by `asset:check`. */
async function run(target: Record<string, unknown>): Promise<Record<string, string>> {
  const id = await stack.launch(target);
  const { events } = await stack.awaitEnd(id);
  const said = events.nodes.flatMap(({ type, message, event }) =>
    type === "ASSET_CHECK_EVALUATION"
      ? [
          [
            `${event["assetKey"]}:${event["checkName"]}`,
            `${event["passed"] === true ? "passed" : event["severity"]}: ${message}`,
          ],
        ]
      : [],
  );
  return Object.fromEntries(said) as Record<string, string>;
}

/** Makes the orders anew, with so many rows of these columns. */
function makeOrders(rows: number, ...columns: string[]): Promise<Record<string, string>> {
  project.write("orders.json", JSON.stringify({ rows, columns }));
  return run({ assetSelection: ["orders"] });
}

test("checks look back at what the deployment knows of their assets, and see what their own run has made", async () => {
  await makeOrders(100, "id");
  await makeOrders(104, "id");
  await makeOrders(97, "id");

  const said = await makeOrders(9, "id", "note");

  expect(said).toEqual({
    "orders:schema": "passed: Check schema of orders passed",
    "orders:freshness": expect.stringMatching(/^passed: Last updated .* fails from 1 h on$/),
    "orders:column_changes": "WARN: note was added",
    "orders:row_count_anomaly": "WARN: 9 rows, where 85 to 115 are usual",
  });
});

test("a value that does not match its schema is not stored, and the checks go on with the one before", async () => {
  await makeOrders(100, "id");

  const said = await makeOrders(13, "id");

  expect(said["orders:schema"]).toMatch(
    /^ERROR: The value does not match the schema: \[0\]\.id: .* \(and 8 more\)$/,
  );
  const alone = await run({ checkSelection: ["orders:row_count_anomaly"] });
  expect(alone["orders:row_count_anomaly"]).toContain(": 100 rows");
});

test("freshness is checked alone, of assets with partitions as a whole, and of sources as they were observed", async () => {
  await run({ assetSelection: ["sales"], partitionKey: "2024-01-02" });
  await run({ assetSelection: ["source"] });

  const said = await run({
    checkSelection: ["sales:freshness", "sales:partition_freshness", "source:freshness"],
  });

  expect(said).toEqual({
    "sales:freshness": expect.stringMatching(/^passed: Last updated /),
    "sales:partition_freshness": expect.stringMatching(/^ERROR: Partition .* is missing$/),
    "source:freshness": expect.stringMatching(/^ERROR: Last updated 2024-01-01T00:00:00Z, /),
  });
});
