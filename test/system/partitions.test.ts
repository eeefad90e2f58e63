import { runCommand } from "@millrace/cli/testing/run-command";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const DEFINITIONS = `
import { asset, daily, definitions, dynamicPartitions, job, materializeResult, multiPartitions, processExecutor, singleRun, staticPartitions } from "millrace";

const days = daily({ start: "2024-01-01" });
const sales = asset("sales", { partitions: days }, (context) => Number(context.partitionKey.slice(-2)));
const totals = asset("totals", { partitions: days, deps: [sales], backfill: singleRun() }, (context, byDay) =>
  materializeResult({
    value: Object.fromEntries(context.partitionKeys.map((key) => [key, (byDay[key] ?? 0) * 10])),
    metadata: { until: context.partitionWindow.end.toISOString() },
  }),
);

const files = dynamicPartitions("files");
const rows = asset("rows", { partitions: files }, (context) => \`rows of \${context.partitionKey}\`);
const all = asset("all", { deps: [rows] }, (_context, byFile) => materializeResult({ value: byFile, metadata: { files: Object.keys(byFile).join() } }));
const found = asset("found", async ({ dynamicPartitions: partitions }) => {
  await partitions.add(files, ["c.csv", "a.csv"]);
  await partitions.delete(files, ["old.csv"]);
  return partitions.list(files);
});
const lookAround = job("look_around", { selection: [found], executor: processExecutor({ warm: 0 }) });

const byShop = multiPartitions({ shop: staticPartitions(["berlin", "paris"]), day: daily({ start: "2024-01-01", end: "2024-01-10" }) });
const visits = asset("visits", { partitions: byShop }, ({ partitionDimensions }) => partitionDimensions.shop);

export default definitions({ assets: [sales, totals, rows, all, found, visits], jobs: [lookAround] });
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

describe("a range of partitions", () => {
  test("is made by one run, which knows it, and every partition of it is there afterwards", async () => {
    const { stdout, code } = await run(
      "asset materialize sales totals --partition-range 2024-02-27...2024-03-01 --follow",
    );
    expect(code, stdout).toBe(0);

    const [runId] = stdout.split("\n");
    const { run: ended, totals } = await stack.query<Record<"run" | "totals", unknown>>(
      `query ($id: ID!) { run(id: $id) { partitionRange { start end } partitionCount partitionKey }
        totals: asset(key: "totals") { partitions { materialized } latestMaterialization { metadata } } }`,
      { id: runId },
    );
    expect(ended).toEqual({
      partitionRange: { start: "2024-02-27", end: "2024-03-01" },
      partitionCount: 4,
      partitionKey: null,
    });
    expect(totals).toMatchObject({
      partitions: { materialized: 4 },
      latestMaterialization: { metadata: { until: { text: "2024-03-02T00:00:00.000Z" } } },
    });
  });

  test("is made in the runs that its assets ask for, as a backfill that says how far it is", async () => {
    const { stdout, code } = await run(
      "backfill launch sales --partition-range 2024-05-01...2024-05-03 --follow",
    );
    expect(code, stdout).toBe(0);

    const [id = "", ...progress] = stdout.trim().split("\n");
    expect(progress.at(-1)).toBe("COMPLETED_SUCCESS 3 of 3 made");
    const { stdout: shown } = await run(`backfill show ${id} --json`);
    expect(JSON.parse(shown)).toMatchObject({
      status: "COMPLETED_SUCCESS",
      runCount: 3,
      targets: [
        { key: "sales", targeted: 3, materialized: 3, running: 0, waiting: 0, failed: 0, skipped: 0 },
      ],
    });
    const again = await run(`backfill retry ${id}`);
    expect(again.stderr).toContain("nothing is left to make");
  });
});

describe("a partition of several dimensions", () => {
  test("is named by them, in any order, where a key is asked for", async () => {
    const key = "shop=paris,day=2024-01-02";
    const made = await run(`asset materialize visits --partition ${key} --follow`);
    expect(made.code, made.stdout).toBe(0);
    const ranged = "day=2024-01-03,shop=berlin...day=2024-01-03,shop=paris";
    expect((await run(`asset materialize visits --partition-range ${ranged} --follow`)).code).toBe(0);
    expect(await listMade()).toEqual(["2024-01-03|berlin", "2024-01-02|paris", "2024-01-03|paris"].sort());

    expect((await run(`asset wipe visits --yes --partition ${key} 2024-01-03|paris`)).code).toBe(0);
    expect(await listMade()).toEqual(["2024-01-03|berlin"]);
    expect((await run(`asset report visits --partition ${key}`)).code).toBe(0);
    expect(await listMade()).toEqual(["2024-01-02|paris", "2024-01-03|berlin"]);
  });

  test("that is not there is refused with how a key is written", async () => {
    const { code, stderr } = await run("asset materialize visits --partition paris|2024-01-02");

    expect(code).toBe(1);
    expect(stderr).toContain(
      'Asset "visits" has no partition "paris|2024-01-02": its dimension "day" has no "paris"',
    );
    expect(stderr).toContain(`a key is day|shop, such as "2024-01-09|paris"`);
  });

  async function listMade(): Promise<unknown> {
    const { asset } = await stack.query<{ asset: { partitions: { keys: { nodes: { key: string }[] } } } }>(
      `{ asset(key: "visits") { partitions { keys(state: materialized) { nodes { key } } } } }`,
    );
    return asset.partitions.keys.nodes.map(({ key }) => key).sort();
  }
});

describe("dynamic partitions", () => {
  test("are kept by the control plane: users and steps add and delete keys, mappings and launches see them", async () => {
    const refused = await run("asset materialize rows --partition a.csv");
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("millrace partitions add files KEY"),
    });
    await run("partitions add files a.csv b.csv old.csv");
    expect((await run("partitions list files")).stdout).toBe("a.csv\nb.csv\nold.csv\n");

    // The step runs in a process of its own.
    const looked = await run("run launch look_around --follow");
    expect(looked.code, looked.stdout).toBe(0);
    expect((await run("partitions list files")).stdout).toBe("a.csv\nb.csv\nc.csv\n");

    const made = await run("asset materialize rows --partition-range a.csv...c.csv -f");
    expect(made.code, made.stdout).toBe(0);
    const joined = await run("asset materialize all -f");
    expect(joined.code, joined.stdout).toBe(0);
    const { all } = await stack.query<{ all: unknown }>(
      `{ all: asset(key: "all") { latestMaterialization { metadata } } }`,
    );
    expect(all).toMatchObject({
      latestMaterialization: { metadata: { files: { text: "a.csv,b.csv,c.csv" } } },
    });

    expect((await run("partitions delete files b.csv x.csv")).stdout).toBe("Deleted 1 of 2\n");
    expect(await run("partitions add fils a")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No asset or job has dynamic partitions named "fils"'),
    });
  });
});

describe("many at once", () => {
  test("runs are canceled, repeated and deleted, and assets wiped, by one command that waits for the server", async () => {
    await stack.query(
      `mutation { setDeploymentSettings(settings: { max_concurrent_runs: 0 }) { __typename } }`,
    );
    for (const team of ["a", "a", "b"])
      await stack.launch({ assetSelection: ["found"], tags: [{ key: "team", value: team }] });

    const canceled = await run("bulk cancel --tag team=a --status QUEUED");
    expect(canceled.stdout).toMatch(/^\S+ CANCEL DONE: 2 of 2 runs\n$/);
    const repeated = await run("bulk reexecute --tag team=a");
    expect(repeated.stdout).toMatch(/ REEXECUTE DONE: 2 of 2 runs\n$/);
    expect((await run("bulk cancel --tag team=a")).stdout).toMatch(/ CANCEL DONE: 2 of 2 runs\n$/);
    expect((await run("bulk delete --tag team=a")).stdout).toMatch(/ DELETE DONE: 4 of 4 runs\n$/);
    const [id = ""] = canceled.stdout.split(" ");
    expect((await run("bulk list")).stdout).toMatch(new RegExp(`${id} +CANCEL +DONE +2 of 2 +0 `));
    expect((await run(`bulk stop ${id}`)).stdout).toBe(canceled.stdout);
    expect(await run("bulk cancel")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Say which runs"),
    });

    await run("asset report all");
    await run("asset report found");
    expect(await run("bulk wipe --select key:found")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("say --yes to do so"),
    });
    expect((await run("bulk wipe --key found all --yes")).stdout).toMatch(/ WIPE DONE: 2 of 2 assets\n$/);
    expect((await run("bulk wipe --select key:found+ --yes")).stdout).toMatch(/ WIPE DONE: 0 of 0 assets\n$/);
    expect(await run("bulk wipe --select group: --yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("`selection`: "),
    });
  });
});

async function run(
  words: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    return { code: 0, ...(await runCommand([...words.split(" "), "--url", stack.url])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}
