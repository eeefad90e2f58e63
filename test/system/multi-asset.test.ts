import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

/** stg → model → mart by day: one step makes the first and the last, as a dbt project does whose models a Python asset uses. */
const DEFINITIONS = `
import { existsSync } from "node:fs";
import { asset, assetSpec, checkSpec, daily, definitions, job, materializeResult, multiAsset, processExecutor, singleRun } from "millrace";

const days = daily({ start: "2024-01-01" });
const raw = asset("raw", { partitions: days }, (context) => context.partitionKey);
const dbt = multiAsset(
  "dbt",
  {
    assets: {
      stg: assetSpec<void>({ after: ["raw"], codeVersion: "1", checks: [checkSpec("unique", { partitions: "none" })] }),
      mart: assetSpec<void>({ after: ["model", "stg"], codeVersion: "1" }),
    },
    partitions: days,
    backfill: singleRun(),
    canSubset: true,
  },
  (context) => {
    console.log(\`\${context.stepKey} makes \${[...context.selectedAssets].join()}\`);
    const results = [...context.selectedAssets].map((name) => [
      name,
      materializeResult(name === "stg" ? { checks: { unique: true } } : {}),
    ]);
    return Object.fromEntries(results);
  },
);
const model = asset("model", { partitions: days, after: ["stg"] }, (context) => {
  if (existsSync("broken")) throw new Error("no model today");
  return context.partitionKey;
});

const apart = job("apart", { selection: [raw, ...Object.values(dbt.assets), model], executor: processExecutor({ warm: 0 }) });

export default definitions({ assets: [raw, dbt, model], jobs: [apart] });
`;

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  stack = await startTestStack();
  await stack.load("shop", project.folder);
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

const ALL = ["raw", "stg", "model", "mart"];

/** A run of assets, until it has ended: its steps in order, each with what it waits for. */
async function make(assetSelection: readonly string[], partitions: Record<string, unknown>) {
  return endOf(await stack.launch({ assetSelection, ...partitions }));
}

async function endOf(id: string) {
  const { status } = await stack.awaitEnd(id);
  const { run } = await stack.query<{ run: { steps: { key: string; state: string; upstream: string[] }[] } }>(
    `query ($id: ID!) { run(id: $id) { steps { key state upstream } } }`,
    { id },
  );
  const steps = run.steps.map(({ key, state, upstream }) => [key, state, upstream.join()]);
  return { id, status, steps };
}

async function staleOf(partitionKey: string) {
  const { assets } = await stack.query<{
    assets: { nodes: { key: string; status: string }[] };
  }>(
    `query ($partitionKey: String) { assets { nodes { key status: staleStatus(partitionKey: $partitionKey) } } }`,
    { partitionKey },
  );
  return Object.fromEntries(assets.nodes.map(({ key, status }) => [key, status]));
}

test("lineage follows the assets, not their step", async () => {
  const { assetGraph } = await stack.query<{ assetGraph: { key: string; dependencies: string[] }[] }>(
    "{ assetGraph { key dependencies } }",
  );

  expect(Object.fromEntries(assetGraph.map(({ key, dependencies }) => [key, dependencies]))).toEqual({
    raw: [],
    stg: ["raw"],
    model: ["stg"],
    mart: ["model", "stg"],
  });
});

test("a partition is made through the step, the model, and the step again", async () => {
  const { id, status, steps } = await make(ALL, { partitionKey: "2024-01-01" });

  expect(status).toBe("SUCCESS");
  expect(steps).toEqual([
    ["raw", "success", ""],
    ["dbt", "success", "raw"],
    ["model", "success", "dbt"],
    ["dbt_2", "success", "dbt,model"],
  ]);
  expect(await staleOf("2024-01-01")).toEqual({ raw: "FRESH", stg: "FRESH", model: "FRESH", mart: "FRESH" });
  const { run } = await stack.query<{ run: { log: { text: string } } }>(
    `query ($id: ID!) { run(id: $id) { log: logs(stepKey: "dbt_2", stream: STDOUT) { text } } }`,
    { id },
  );
  expect(run.log.text).toBe("dbt_2 makes mart\n");
});

test("a run without what comes between calls the step once", async () => {
  const { steps } = await make(["stg", "mart"], { partitionKey: "2024-01-02" });

  expect(steps).toEqual([["dbt", "success", ""]]);
});

test("what is stale follows the assets: a new model makes the mart stale, and not what stands above it", async () => {
  await make(ALL, { partitionKey: "2024-01-03" });

  await make(["model"], { partitionKey: "2024-01-03" });

  expect(await staleOf("2024-01-03")).toEqual({ raw: "FRESH", stg: "FRESH", model: "FRESH", mart: "STALE" });
  expect(await staleOf("2024-01-01")).toMatchObject({ mart: "FRESH" });
});

test("a range is made by one run, and a check of the table is evaluated once in it", async () => {
  const { id, status } = await make(["stg", "mart"], {
    partitionRange: { start: "2024-02-01", end: "2024-02-05" },
  });

  expect(status).toBe("SUCCESS");
  const { events } = await stack.awaitEnd(id);
  const said = events.nodes.map(({ type, event }) => [type, event["partition"] ?? null]);
  expect(said.filter(([type]) => type === "ASSET_CHECK_EVALUATION")).toEqual([
    ["ASSET_CHECK_EVALUATION", null],
  ]);
  expect(said.filter(([type]) => type === "ASSET_MATERIALIZATION")).toHaveLength(10);
});

test("each part is a process of its own where the job's steps are", async () => {
  const { status, steps } = await endOf(await stack.launch({ jobName: "apart", partitionKey: "2024-01-07" }));

  expect(status).toBe("SUCCESS");
  expect(steps.map(([key]) => key)).toEqual(["raw", "dbt", "model", "dbt_2"]);
  expect(await staleOf("2024-01-07")).toEqual({ raw: "FRESH", stg: "FRESH", model: "FRESH", mart: "FRESH" });
});

describe("when what comes between fails", () => {
  test("only it and the part after it run again from the failure", async () => {
    project.write("broken", "");
    const failed = await make(ALL, { partitionKey: "2024-01-04" });
    rmSync(join(project.folder, "broken"));

    expect(failed.steps.map(([key, state]) => [key, state])).toEqual([
      ["raw", "success"],
      ["dbt", "success"],
      ["model", "failure"],
      ["dbt_2", "skipped"],
    ]);
    const { reexecuteRun } = await stack.query<{ reexecuteRun: { run: { id: string } } }>(
      `mutation ($id: ID!) { reexecuteRun(id: $id, strategy: FROM_FAILURE) { ... on LaunchedRun { run { id } } } }`,
      { id: failed.id },
    );
    const again = await endOf(reexecuteRun.run.id);

    expect(again.status).toBe("SUCCESS");
    expect(again.steps).toEqual([
      ["model", "success", ""],
      ["dbt_2", "success", "model"],
    ]);
    expect(await staleOf("2024-01-04")).toEqual({
      raw: "FRESH",
      stg: "FRESH",
      model: "FRESH",
      mart: "FRESH",
    });
  });
});
