import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const DEFINITIONS = `
  import { asset, assetMaterialization, assetSensor, definitions, dynamicPartitions, externalAsset, job, multiAssetSensor, op, runRequest, runStatusSensor, sensor } from "millrace";

  export const orders = asset("orders", {}, (context) => {
    context.addOutputMetadata({ rows: 12 });
    return 12;
  });
  export const users = asset("users", {}, () => 3);
  export const report = asset("report", { deps: [orders] }, (_context, rows) => rows);
  const explode = op("explode", () => { throw new Error("the well is dry"); });
  export const fails = job("fails", () => { explode(); });

  export const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, (context) => {
    const [first] = context.materializations;
    return runRequest({ runKey: String(first.runId), tags: { rows: String(first.metadata["rows"]?.value) } });
  });
  export const onBoth = multiAssetSensor("on_both", { assets: [orders, users], when: "all", target: [report] }, (context) =>
    runRequest({ runKey: [context.materializationsOf(orders).length, context.materializationsOf(users).length].join(" ") }));
  export const onFailure = runStatusSensor("on_failure", { statuses: ["FAILURE"], target: [report] }, (context) =>
    context.runs.map((run) => runRequest({ runKey: run.runId, tags: { job: run.jobName, message: run.message } })));
  const files = dynamicPartitions("files");
  export const lines = asset("lines", { partitions: files }, (context) => context.partitionKey);
  export const exported = externalAsset("erp/exported", {});
  // The keys that have no run in flight, what was made last, and a report.
  export const look = sensor("look", { target: [lines] }, async ({ deployment }) => {
    const keys = await deployment.dynamicPartitions(files);
    const made = await deployment.partitions(lines, "materialized");
    const [failed] = await deployment.runs({ job: fails, statuses: ["FAILURE"] });
    const latest = await deployment.latestMaterialization(orders);
    return [
      assetMaterialization(exported, { metadata: { keys: keys.length } }),
      ...keys.filter((key) => !made.includes(key)).map((partitionKey) => runRequest({ partitionKey })),
      runRequest({
        runKey: [failed.failedSteps.join(), failed.error.message, failed.endedAt > failed.startedAt].join(" "),
        tags: { url: failed.url, rows: String(latest.metadata["rows"].value) },
      }),
    ];
  });
  export const defs = definitions({ assets: [orders, users, report, lines, exported], jobs: [fails], sensors: [onOrders, onBoth, onFailure, look] });
`;

let stack: Stack;
let project: TestProject;

beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  stack = await startTestStack();
  const location = await stack.load("shop", project.folder);
  expect(location.latest.error).toBeNull();
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

interface Tick {
  readonly state: string;
  readonly error: unknown;
  readonly eventCursor: string | null;
  readonly result: {
    readonly runRequests: readonly { readonly runKey: string; readonly tags: Record<string, string> }[];
    readonly assetEvents: readonly unknown[];
    readonly skipReason: string | null;
    readonly error: unknown;
  } | null;
}

/** Evaluates a sensor by hand and waits for what the agent's code server answers. */
async function evaluate(name: string, eventCursor: string | null): Promise<Tick> {
  const { evaluateSensor } = await stack.query<{ evaluateSensor: { id: string } }>(
    `mutation ($name: String!, $eventCursor: String) {
      evaluateSensor(locationName: "shop", name: $name, eventCursor: $eventCursor) { id } }`,
    { name, eventCursor },
  );
  let tick: Tick | undefined;
  await expect
    .poll(
      async () => {
        ({ tickEvaluation: tick } = await stack.query<{ tickEvaluation: Tick }>(
          `query ($id: ID!) { tickEvaluation(id: $id) { state result error eventCursor } }`,
          { id: evaluateSensor.id },
        ));
        return tick.state;
      },
      { timeout: 15_000 },
    )
    .toBe("done");
  if (!tick) throw new Error("The evaluation has no outcome");
  return tick;
}

async function materialize(asset: string): Promise<string> {
  const id = await stack.launch({ assetSelection: [asset] });
  expect((await stack.awaitEnd(id)).status).toBe("SUCCESS");
  return id;
}

test("sensors on assets are told of what runs have made since, through every plane", async () => {
  const nothing = await evaluate("on_orders", null);
  expect(nothing.result).toMatchObject({ runRequests: [], skipReason: "Nothing new that it watches for" });
  const both = await evaluate("on_both", null);
  const runId = await materialize("orders");

  const told = await evaluate("on_orders", nothing.eventCursor);
  expect(told.result).toMatchObject({
    error: null,
    runRequests: [{ runKey: runId, tags: { rows: "12" } }],
  });
  expect((await evaluate("on_orders", told.eventCursor)).result?.runRequests).toEqual([]);

  const waiting = await evaluate("on_both", both.eventCursor);
  expect(waiting.result?.skipReason).toBe("Nothing new that it watches for");
  await materialize("users");
  const ready = await evaluate("on_both", waiting.eventCursor);
  expect(ready.result?.runRequests).toMatchObject([{ runKey: "1 1" }]);
});

test("a sensor on runs is told why they failed", async () => {
  const before = await evaluate("on_failure", null);
  expect(before.result?.runRequests).toEqual([]);
  const runId = await stack.launch({ jobName: "fails" });
  const { failureMessage } = await stack.awaitEnd(runId);

  // An event waits until no transaction can put one before it.
  let told = await evaluate("on_failure", before.eventCursor);
  await expect
    .poll(async () => (told = await evaluate("on_failure", before.eventCursor)).result?.runRequests, {
      timeout: 15_000,
    })
    .toHaveLength(1);

  expect(told.result?.runRequests).toMatchObject([
    { runKey: runId, tags: { job: "fails", message: failureMessage } },
  ]);
  expect((await evaluate("on_failure", told.eventCursor)).result?.runRequests).toEqual([]);
});

test("a sensor sees its deployment through the agent's code server, and what it reports is only shown", async () => {
  await materialize("orders");
  const failed = await stack.launch({ jobName: "fails" });
  await stack.awaitEnd(failed);
  await stack.query(
    `mutation { addDynamicPartitions(name: "files", keys: ["a.csv", "b.csv"]) { __typename } }`,
  );
  const made = await stack.launch({ assetSelection: ["lines"], partitionKey: "a.csv" });
  expect((await stack.awaitEnd(made)).status).toBe("SUCCESS");

  const { result } = await evaluate("look", null);

  expect(result).toMatchObject({
    error: null,
    assetEvents: [{ assetKey: "erp/exported", metadata: { keys: { type: "int", value: 2 } } }],
    runRequests: [
      { partitionKey: "b.csv" },
      {
        runKey: "explode the well is dry true",
        tags: { url: expect.stringMatching(new RegExp(`^http://.+/runs/${failed}$`)), rows: "12" },
      },
    ],
  });
  const { asset } = await stack.query<{ asset: unknown }>(
    `{ asset(key: "erp/exported") { materializationCount } }`,
  );
  expect(asset).toEqual({ materializationCount: 0 });
});
