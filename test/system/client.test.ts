import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { createClient, type Client, type FollowedEvent } from "millrace-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const DEFINITIONS = `
  import { existsSync } from "node:fs";
  import { join } from "node:path";
  import { asset, checkSpec, definitions, externalAsset, job, materializeResult, op, staticPartitions } from "millrace";
  import { z } from "zod";

  const shops = staticPartitions(["berlin", "paris"]);
  export const orders = asset("raw/orders", { config: z.object({ year: z.int().default(2001) }), checks: [checkSpec("any")] }, ({ config }) =>
    materializeResult({ value: config.year, metadata: { year: config.year }, checks: { any: true } }));
  export const sales = asset("sales", { partitions: shops, deps: [orders] }, (context) => context.partitionKey);
  export const erp = externalAsset("erp/orders", { checks: [checkSpec("complete")] });
  const wait = op("wait", async (context) => {
    console.log("begun");
    while (!existsSync(join(import.meta.dirname, "go"))) await new Promise((resolve) => setTimeout(resolve, 50));
    console.log("done");
  });
  const explode = op("explode", () => { throw new Error("the well is dry"); });
  export const nightly = job("nightly", { selection: [sales] });
  export const waiting = job("waiting", () => void wait());
  export const fails = job("fails", () => void explode());
  export const defs = definitions({ assets: [orders, sales, erp], jobs: [nightly, waiting, fails] });
`;

let stack: Stack;
let project: TestProject;
let client: Client;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  stack = await startTestStack();
  expect((await stack.load("shop", project.folder)).latest.error).toBeNull();
  client = createClient({ url: stack.url });
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

test("an application launches, waits and reads what was made", async () => {
  const run = await client.materialize("raw/orders", {
    config: { "raw/orders": { year: 2026 } },
    tags: { team: "shop" },
  });
  const end = await run.wait({ signal: AbortSignal.timeout(60_000) });

  expect(end).toMatchObject({
    id: run.id,
    status: "SUCCESS",
    tags: { team: "shop" },
    assetKeys: ["raw/orders"],
  });
  expect(end.endedAt?.getTime()).toBeGreaterThanOrEqual(end.createdAt.getTime());
  expect(await client.asset("raw/orders")).toMatchObject({
    key: "raw/orders",
    state: "materialized",
    latestMaterialization: { runId: run.id, metadata: { year: { type: "int", value: 2026 } } },
    checks: [{ name: "any", latestEvaluation: { passed: true, runId: run.id } }],
  });
  expect(await client.runs({ tags: { team: "shop" }, assetKey: "raw/orders" })).toEqual([end]);
  expect(run.url).toBe(`${stack.url}/runs/${run.id}`);
});

test("who launches again with the same key launches one run", async () => {
  const launch = () => client.launch("nightly", { partitionKey: "paris", idempotencyKey: "order-4711" });
  const [one, same] = await Promise.all([launch(), launch()]);

  expect((await launch()).id).toBe(one.id);
  expect(same.id).toBe(one.id);
  expect(await client.runs({ jobName: "nightly" })).toHaveLength(1);
});

test("a failed run says why, and its events are there for who comes later", async () => {
  const run = await client.launch("fails");
  const end = await run.wait();
  const events: FollowedEvent[] = [];
  for await (const event of client.run(run.id).events()) events.push(event);

  expect(end).toMatchObject({ status: "FAILURE", failureReason: "STEP_FAILURE" });
  expect(events.find(({ type }) => type === "STEP_FAILURE")).toMatchObject({
    stepKey: "explode",
    error: { message: "the well is dry" },
  });
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index));
  const [third] = events.slice(3);
  for await (const event of run.events({ after: 2 })) {
    expect(event).toEqual(third);
    break;
  }
});

test("who follows a run and its output follows it over a restart of the control plane, and may cancel it", async () => {
  const run = await client.launch("waiting");
  const away: string[] = [];
  const types: string[] = [];
  const begun = Promise.withResolvers<void>();
  const follow = async () => {
    for await (const event of run.events({ onAway: ({ code }) => away.push(code) })) types.push(event.type);
  };
  const read = async () => {
    let text = "";
    for await (const piece of run.stdout()) {
      text += piece;
      begun.resolve();
    }
    return text;
  };
  const following = Promise.all([follow(), read(), run.wait()]);
  await begun.promise;

  await stack.kill("server", "SIGKILL");
  await expect.poll(() => away).toEqual(["server_unreachable"]);
  await stack.startServer();
  writeFileSync(join(project.folder, "src/go"), "");

  const [, output, end] = await following;
  expect(output).toBe("begun\ndone\n");
  expect(end.status).toBe("SUCCESS");
  expect(types.filter((type) => type === "STEP_START")).toHaveLength(1);
  expect(types.at(-1)).toBe("RUN_SUCCESS");
  await run.cancel();
  expect((await run.state()).status).toBe("SUCCESS");
});

test("many partitions are made, waited for and listed, and what failed is run again", async () => {
  const backfill = await client.launchBackfill(
    { assets: "sales" },
    { title: "all shops", partitionRanges: [{ start: "berlin", end: "paris" }], tags: { team: "shop" } },
  );
  const end = await backfill.wait({ signal: AbortSignal.timeout(60_000) });

  expect(end).toMatchObject({
    id: backfill.id,
    status: "COMPLETED_SUCCESS",
    tags: { team: "shop" },
    targets: [{ key: "sales", targeted: 2, materialized: 2 }],
  });
  expect(await client.backfills({ statuses: ["COMPLETED_SUCCESS"] })).toEqual([end]);
  expect(await client.backfill(backfill.id).state()).toEqual(end);
  const over = { code: "request_refused", reason: "backfill_not_in_state", name: "RequestRefused" };
  await expect(backfill.cancel()).rejects.toMatchObject(over);
  const rest = await client.launchBackfill({ job: "nightly" });
  await rest.pause();
  await rest.cancel();
  expect((await rest.wait()).status).toBe("CANCELED");
  expect((await (await rest.retry()).wait()).status).toBe("COMPLETED_SUCCESS");

  const [failed] = await client.runs({ jobName: "fails" });
  const again = await client.run(failed?.id ?? "").reexecute({ strategy: "FROM_FAILURE" });
  expect((await again.wait()).status).toBe("FAILURE");
  await expect(client.run(rest.id).reexecute()).rejects.toMatchObject({ code: "unknown_definition" });
  expect(
    (await client.assets({ search: "sal" })).map(({ key, partitions }) => [key, partitions?.materialized]),
  ).toEqual([["sales", 2]]);
});

test("what is not there or does not fit is told by its code", async () => {
  await expect(client.launch("nightli")).rejects.toMatchObject({
    code: "unknown_definition",
    message: 'No code location has job "nightli"; did you mean "nightly"?',
  });
  await expect(
    client.materialize("raw/orders", { runConfig: { ops: { raw__orders: { config: { year: "x" } } } } }),
  ).rejects.toMatchObject({
    code: "invalid_run_config",
    issues: [{ path: "ops.raw__orders.config.year" }],
  });
  await expect(client.launch("nightly")).rejects.toMatchObject({
    code: "partition_required",
    name: "PartitionRequired",
  });
  await expect(client.launchBackfill({ assets: "sale" })).rejects.toMatchObject({
    code: "unknown_definition",
    name: "UnknownDefinition",
    message: 'There is no asset "sale" in any code location; did you mean "sales"?',
  });
  await expect(client.asset("orders")).rejects.toMatchObject({ code: "unknown_definition" });
  await expect(client.run("nobody").wait()).rejects.toMatchObject({ code: "unknown_definition" });
  await expect(client.run("nobody").cancel()).rejects.toMatchObject({ code: "unknown_definition" });
  await expect(createClient({ url: stack.url, deployment: "moon" }).runs()).rejects.toMatchObject({
    code: "request_refused",
    reason: "unknown_deployment",
  });
});

test("what happens elsewhere is reported, each report once", async () => {
  const report = () =>
    client.reportMaterialization("erp/orders", { metadata: { rows: 4021 }, idempotencyKey: "export-7" });
  expect([await report(), await report()]).toEqual([{ isNew: true }, { isNew: false }]);
  await client.reportCheck("erp/orders", "complete", { passed: false, severity: "WARN" });
  await client.reportObservation("erp/orders", { dataVersion: "v7" });

  expect(await client.asset("erp/orders")).toMatchObject({
    latestMaterialization: { runId: null, metadata: { rows: { value: 4021 } } },
    latestObservation: { dataVersion: "v7" },
    checks: [{ name: "complete", latestEvaluation: { passed: false, severity: "WARN" } }],
  });
  await expect(client.reportCheck("erp/orders", "compleat", { passed: true })).rejects.toMatchObject({
    code: "unknown_definition",
  });
});

test("it needs nothing of Node, and none newer than 20", async () => {
  const entry = fileURLToPath(import.meta.resolve("millrace-client"));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    write: false,
  });
  const bundle = outputFiles[0]?.text ?? "";
  // What Node 20 does not have.
  expect(bundle).not.toMatch(/Promise\.withResolvers|URL\.parse|Array\.fromAsync/);
  const script = `${bundle.replace(/export \{[^}]*\};?\s*$/, "")}
    const run = await createClient({ url: ${JSON.stringify(stack.url)} }).launch("nightly", { partitionKey: "berlin" });
    console.log((await run.wait()).status);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(stdout).toBe("SUCCESS\n");
});
