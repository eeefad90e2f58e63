import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { createProject } from "./project.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

const FILES = {
  "package.json": `{ "name": "shop", "type": "module", "millrace": { "location": "berlin_shop" } }`,
  ".env": "GREETING=hello\nNAME=file\nTOKEN=xoxb-1234567",
  "src/definitions.ts": `
    import { asset, daily, dynamicPartitions, env, ioManager, job, multiPartitions, resource, singleRun, staticPartitions, withConfig } from "millrace";
    import { z } from "zod";
    import { execFileSync, spawn } from "node:child_process";
    export const orders = asset("orders", () => [30, 12]);
    export const revenue = asset("revenue", { deps: [orders] }, (_context, rows) => rows.reduce((sum, row) => sum + row, 0));
    export const days = asset("daily", { partitions: daily({ start: "2026-01-01" }) }, ({ log, partitionKey }) => log.info("for " + partitionKey));
    const both = multiPartitions({ shop: staticPartitions(["berlin", "paris"]), day: daily({ start: "2026-01-01" }) });
    export const visits = asset("visits", { partitions: both }, ({ log, partitionKey }) => log.info("for " + partitionKey));
    export const week = asset("week", { partitions: daily({ start: "2026-01-01" }), backfill: singleRun() }, ({ log, partitionKeys }) => log.info("for all of " + partitionKeys.join()));
    const files = dynamicPartitions("files");
    export const lines = asset("lines", { partitions: files }, ({ log, partitionKey }) => log.info("lines of " + partitionKey));
    export const all = asset("all", async ({ log, dynamicPartitions: keys }) => {
      await keys.add(files, ["c.csv"]);
      log.info("there are " + (await keys.list(files)).join());
    });
    export const greet = asset("greet", ({ log }) => log.info(process.env.GREETING + " " + process.env.NAME));
    export const broken = asset("broken", () => { throw new Error("no data today"); });
    export const hanging = asset("hanging", async ({ signal }) => new Promise((_, reject) => { console.log("waiting"); const open = setInterval(() => {}, 1000); signal.addEventListener("abort", () => { clearInterval(open); reject(signal.reason); }); }));
    export const starting = asset("starting", () => {
      const stdio = "ignore";
      const pids = [spawn("sleep", ["600"], { stdio, env: {} }).pid, execFileSync("sh", ["-c", "sleep 600 > /dev/null & echo $!"], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" })];
      console.log("started " + pids.map(Number).join(" "));
    });
    export const left = asset("left", () => { setInterval(() => {}, 1000); });
    const tables = ioManager("tables", { handleOutput: ({ locationName, log }) => log.info("a table of " + locationName), loadInput: () => undefined });
    export const table = asset("table", { ioManager: tables }, () => [30, 12]);
    const token = withConfig(resource("token", { config: z.object({ text: z.string() }), setup: ({ config }) => config.text }), { text: env("TOKEN") });
    export const printing = asset("printing", { resources: { token } }, ({ resources }) => { console.log("out " + resources.token); process.stderr.write("err " + resources.token); });
    export const sales = job("sales", { selection: [orders, revenue] });`,
};
const project = createProject(FILES);
const { folder } = project;
afterAll(() => project.remove());

/** Runs `millrace execute`, and interrupts it once it prints `interruptAt`. */
async function execute(
  args: readonly string[],
  interruptAt?: string,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [millrace, "execute", ...args, "--folder", folder], {
    env: { ...process.env, NO_COLOR: "1", NAME: "shell" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (interruptAt !== undefined && output.includes(interruptAt)) child.kill("SIGINT");
    });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

/** What a process runs; empty once it has ended, also while init has not taken note of that. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

test("assets are materialized with the values that earlier runs stored", async () => {
  expect(await execute(["asset", "orders"])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/✔ orders[\s\S]*SUCCESS/),
  });
  const { code, output } = await execute(["asset", "revenue", "--json"]);
  const events = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; assetKey?: string });
  expect(code).toBe(0);
  expect(events.at(-1)).toMatchObject({ type: "RUN_SUCCESS" });
  expect(events).toContainEqual(
    expect.objectContaining({ type: "ASSET_MATERIALIZATION", assetKey: "revenue" }),
  );
});

test.each([
  [["asset", "ordres"], 'Asset "ordres" is not among the assets that can be made; did you mean "orders"?'],
  [["job", "sale"], 'There is no job "sale"; did you mean "sales"?'],
])(
  "a name that is not there is answered with what may have been meant, and without calls: %j",
  async (args, problem) => {
    const { code, output } = await execute(args);

    expect(code).toBe(1);
    expect(output).toMatch(/FAILURE [^\n]*\n$/);
    expect(output).toContain(problem);
  },
);

test("its runs are those of the project's code location, so what they store is not taken for another one's", async () => {
  expect(await execute(["asset", "table"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("a table of berlin_shop"),
  });
});

test("a job runs, and a partition", async () => {
  expect(await execute(["job", "sales"])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/✔ orders[\s\S]*✔ revenue/),
  });
  expect(await execute(["asset", "daily", "--partition", "2026-01-02"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("for 2026-01-02"),
  });
  expect(await execute(["asset", "visits", "--partition", "shop=paris,day=2026-01-02"])).toMatchObject({
    code: 0,
    output: expect.stringContaining("for 2026-01-02|paris"),
  });
  expect(await execute(["asset", "visits", "--partition", "day=2026-01-02,shop=rome"])).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /"2026-01-02\|rome" is not a partition of .*: its dimension "shop" has no "rome"; a key is day\|shop, such as/,
    ),
  });
});

test("a range of partitions runs as one run, in one call where the asset takes several", async () => {
  const range = ["--partition-range", "2026-01-01...2026-01-03"];
  const each = await execute(["asset", "daily", ...range]);
  expect(each).toMatchObject({ code: 0 });
  for (const day of ["01", "02", "03"]) expect(each.output).toContain(`for 2026-01-${day}`);
  expect(await execute(["asset", "week", ...range])).toMatchObject({
    code: 0,
    output: expect.stringContaining("for all of 2026-01-01,2026-01-02,2026-01-03"),
  });
  expect(await execute(["asset", "week", ...range, "--partition", "2026-01-01"])).toMatchObject({
    code: 1,
    output: expect.stringContaining("cannot be used with option"),
  });
});

test("keys of dynamic partitions are those that are given, and those that steps add", async () => {
  const keys = ["--dynamic-partition", "files=a.csv", "files=b=.csv"];
  const range = await execute(["asset", "lines", "--partition-range", "a.csv...b=.csv", ...keys]);
  expect(range.output).toMatch(/lines of a\.csv[\s\S]*lines of b=\.csv/);
  expect(range.code).toBe(0);
  expect(await execute(["asset", "lines", "--partition-range", "a.csv...c.csv", ...keys])).toMatchObject({
    code: 1,
    output: expect.stringContaining("c.csv"),
  });
  // One that is named alone is there because somebody says so.
  expect(await execute(["asset", "lines", "--partition", "d.csv"])).toMatchObject({ code: 0 });
  expect((await execute(["asset", "all", ...keys])).output).toContain("there are a.csv,b=.csv,c.csv");
  expect(await execute(["asset", "all", "--dynamic-partition", "a.csv"])).toMatchObject({
    code: 1,
    output: '--dynamic-partition takes name=text, not "a.csv"\n',
  });
});

test("code has the variables of .env, and those of the shell before them", async () => {
  expect((await execute(["asset", "greet"])).output).toContain("hello shell");
});

test("secrets are masked in what code prints, too", async () => {
  const { code, output } = await execute(["asset", "printing"]);

  expect(code).toBe(0);
  expect(output).toContain("out ****");
  expect(output).toContain("err ****");
  expect(output).not.toContain("xoxb");
});

test("what fails, is not there or does not load ends with 1 and why", async () => {
  expect(await execute(["asset", "broken"])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/no data today[\s\S]*FAILURE/),
  });
  expect(await execute(["job", "nothing"])).toMatchObject({
    code: 1,
    output: expect.stringContaining("nothing"),
  });
  expect(await execute(["asset", "daily"])).toMatchObject({
    code: 1,
    output: expect.stringContaining("partition"),
  });
  project.write("src/broken.ts", "export const = 1;");
  project.write("package.json", `{ "type": "module", "millrace": { "entry": "src/broken.ts" } }`);
  expect(await execute(["asset", "a"])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^The definitions do not load:\nsrc\/broken\.ts:1:14/),
  });
  project.write("package.json", FILES["package.json"]);
});

test("Ctrl-C cancels it; what the code leaves open does not keep it", async () => {
  expect(await execute(["asset", "hanging"], "waiting")).toMatchObject({
    code: 130,
    output: expect.stringContaining("CANCELED"),
  });
  expect(await execute(["asset", "left"])).toMatchObject({ code: 0 });
});

test("processes that the code has started end with it, also those whose own parent has ended", async () => {
  const { code, output } = await execute(["asset", "starting"]);

  expect(code).toBe(0);
  const started = /started (\d+) (\d+)/.exec(output)?.slice(1).map(Number) ?? [];
  expect(started).toHaveLength(2);
  await vi.waitFor(() => expect(started.map(commandOf)).toEqual(["", ""]));
});

test("--inspect waits for a debugger and says where it is expected", async () => {
  const { output } = await execute(["asset", "orders", "--inspect"], "Debugger listening on ws://127.0.0.1:");
  expect(output).not.toContain("✔ orders");
});
