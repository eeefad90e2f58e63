import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./system/project.ts";

/** What every case below may use. */
const WORLD = `
import { asset, assetCheck, assetSpec, bytesIoManager, configOf, daily, dynamicOutput, graph, graphAsset, graphMultiAsset, job, jsonIoManager, lastPartition, listPartitions, metadata, multiAsset, multiAssetSensor, op, output, runRequest, schedule, sensor, skip, staticPartitions, type Handle } from "millrace";
import { z } from "zod";
interface Order { id: number; total: number }
const raw = asset("raw", (): Order[] => []);
const days = asset("days", { partitions: daily({ start: "2026-01-01" }) }, () => 1);
const countries = staticPartitions(["de", "fr"]);
const sales = asset("sales", { partitions: countries }, () => 1);
const salesJob = job("sales_job", { selection: [sales] });
const daysJob = job("days_job", { selection: [days] });
const limited = asset("limited", { config: z.object({ min: z.number() }) }, () => 1);
const two = op("two", () => 2);
const words = op("words", () => ["a"]);
const add = op("add", (_context, a: number, b: number) => a + b);
const show = op("show", (_context, value: unknown) => String(value));
const shout = op("shout", (_context, word: string) => word.toUpperCase());
const total = op("total", (_context, all: number[]) => all.length);
const many = op("many", { dynamic: true }, () => Object.entries({ a: 1 }));
const load = op("load", { outputs: { orders: output<number>(), errors: output<string>() } }, () => ({ orders: 1, errors: "" }));
const makeOrders = op("make_orders", (): Order[] => []);
const double = graph("double", (a: Handle<number>) => add(a, a));
`;

/** Code that is wrong, with what the compiler must say of it. */
const CASES: readonly (readonly [what: string, code: string, ...said: readonly string[]])[] = [
  [
    "an op's value of another type than the input's",
    `job("j", () => void add(two(), words()));`,
    "Argument of type 'Handle<string[]>' is not assignable to parameter of type 'Handle<number>'.",
    "Type 'string[]' is not assignable to type 'number'.",
  ],
  ["a missing input", `job("j", () => void add(two()));`, "Expected 2 arguments, but got 1."],
  ["an input too many", `job("j", () => void add(two(), two(), two()));`, "Expected 2 arguments, but got 3."],
  [
    "a plain value as an input",
    `job("j", () => void add(two(), 3));`,
    "'number' is not assignable to parameter of type 'Handle<number>'",
  ],
  [
    "any number of values for an input of one",
    `job("j", () => void add(two(), many()));`,
    `"any number of values: map(…) over them, or collect() them into a list"' is not assignable to type '"one value"'`,
  ],
  [
    "any number of values for an input of anything",
    `job("j", () => void show(many()));`,
    `"any number of values: map(…) over them, or collect() them into a list"`,
  ],
  ["all outputs of an op for one input", `job("j", () => void show(load()));`, "'OutputHandles<{ orders"],
  ["an op that is not called", `job("j", () => void add(two(), two));`, "'Op<[], Handle<number>"],
  [
    "another type in a list",
    `job("j", () => void total([two(), words()]));`,
    "Type 'string[]' is not assignable to type 'number'.",
  ],
  [
    "mapping over another type",
    `job("j", () => void many().map(shout));`,
    "Type 'number' is not assignable to type 'string'.",
  ],
  [
    "an input of a graph",
    `job("j", () => void double(words()));`,
    "Type 'string[]' is not assignable to type 'number'.",
  ],
  [
    "an output that an op leaves out",
    `op("o", { outputs: { orders: output<Order[]>(), errors: output<string>() } }, () => ({ orders: [] }));`,
    "Property 'errors' is missing in type '{ orders: never[]; }'",
  ],
  [
    "an output of another type",
    `op("o", { outputs: { orders: output<Order[]>() } }, () => ({ orders: 3 }));`,
    "Type 'number' is not assignable to type 'Order[]'.",
  ],
  [
    "dynamic values without keys",
    `op("o", { dynamic: true }, () => [1, 2]);`,
    "Type 'number' is not assignable to type 'readonly [string, unknown]'.",
  ],
  [
    "an option that there is not",
    `op("o", { confg: z.object({}) }, () => 1);`,
    "'confg' does not exist",
    "Did you mean to write 'config'?",
  ],
  [
    "a value of a multi-asset of another type",
    `multiAsset("m", { assets: { users: assetSpec<string[]>() } }, () => ({ users: [1] }));`,
    "Type 'number' is not assignable to type 'string'.",
  ],
  [
    "a value of a multi-asset that is missing",
    `multiAsset("m", { assets: { orders: assetSpec<Order[]>(), users: assetSpec<string[]>() } }, () => ({ orders: [] }));`,
    "Property 'users' is missing in type '{ orders: never[]; }'",
  ],
  [
    "a value of a multi-asset under another name",
    `multiAsset("m", { assets: { orders: assetSpec<Order[]>(), users: assetSpec<string[]>() } }, async () => ({ orders: [], user: [] }));`,
    "Property 'users' is missing in type '{ orders: never[]; user: never[]; }'",
  ],
  [
    "an asset that a graph makes no value for",
    `graphMultiAsset("m", { assets: { orders: assetSpec<Order[]>(), users: assetSpec<string[]>() } }, () => ({ orders: makeOrders() }));`,
    "Property 'users' is missing in type '{ readonly orders: Handle<Order[]>; }'",
  ],
  [
    "a graph's value of another type",
    `graphMultiAsset("m", { assets: { orders: assetSpec<Order[]>() } }, () => ({ orders: words() }));`,
    "Type 'Handle<string[]>' is not assignable to type 'Handle<Order[]>'.",
  ],
  [
    "a dependency of another type",
    `asset("a", { deps: [raw] }, (_context, rows: string[]) => rows);`,
    "Type 'Order' is not assignable to type 'string'.",
  ],
  [
    "a name that no dependency has",
    `asset("a", { deps: { raw } }, (_context, { row }) => row);`,
    "Property 'row' does not exist on type '{ readonly raw: Order[]; }'.",
  ],
  [
    "partitions that do not follow from each other",
    `asset("a", { deps: { days }, partitions: staticPartitions(["de"]) }, () => 1);`,
    `is not assignable to type '"Say with dep(asset, { partitions }) how these partitions belong together"'`,
  ],
  [
    "an IO manager for other values",
    `asset("a", { ioManager: bytesIoManager }, () => 5);`,
    `is not assignable to type '"This IO manager does not store values of the type that the asset has"'`,
  ],
  [
    "config of another type",
    `configOf(limited, { min: "3" });`,
    "Type 'string' is not assignable to type 'OrVariables<number>'.",
  ],
  ["config with another field", `configOf(limited, { mim: 3 });`, "'mim' does not exist in type"],
  [
    "config of what takes none",
    `configOf(raw, { min: 3 });`,
    `"This definition takes no config: its option \`config\` is where its schema belongs"`,
  ],
  [
    "a result of a check without its outcome",
    `assetCheck("c", { asset: raw }, () => ({ pased: true }));`,
    "Type '{ pased: boolean; }' is not assignable to type 'boolean | CheckResult",
  ],
  [
    "a run of a partition that the scheduled job does not have",
    `schedule("s", { cron: "0 6 * * *", job: salesJob }, () => runRequest({ partitionKey: "zzz" }));`,
    `Type '"zzz"' is not assignable to type '"de" | "fr"'`,
  ],
  [
    "a run of a partition that the sensor's assets do not have, among others and later",
    `sensor("s", { target: [sales] }, async () => [runRequest({ partitionKey: "de" }), runRequest({ partitionKey: "zzz" })]);`,
    `Type '"zzz"' is not assignable to type '"de" | "fr"'`,
  ],
  [
    "a partition of a job without partitions",
    `schedule("s", { cron: "0 6 * * *", target: [raw] }, () => runRequest({ partitionKey: "zzz" }));`,
    `Type '"zzz"' is not assignable to type 'never'`,
  ],
  [
    "a partition that the named one of several jobs does not have",
    `sensor("s", { jobs: [salesJob, daysJob] }, () => runRequest({ job: salesJob, partitionKey: "2026-01-01" }));`,
    `Type '"2026-01-01"' is not assignable to type '"de" | "fr" | undefined'`,
  ],
  [
    "a partition that a sensor hands over on its way",
    `sensor("s", { target: [sales] }, (context) => context.checkpoint("1", runRequest({ partitionKey: "zzz" })));`,
    `Type '"zzz"' is not assignable to type '"de" | "fr"'`,
  ],
  [
    "what is no outcome of a sensor",
    `sensor("s", { job: salesJob }, () => ({ runRequests: [], cursor: "a" }));`,
    `"Return what skip(…), runRequest(…), addPartitions(…)`,
  ],
  [
    "what is none of a schedule, later",
    `schedule("s", { cron: "0 6 * * *", job: daysJob }, async ({ scheduledAt }) => ({ partitionKey: scheduledAt.toISOString() }));`,
    `"Return what skip(…), runRequest(…), addPartitions(…)`,
  ],
];

const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const options = new URL("../packages/create-millrace/template/tsconfig.json", import.meta.url);

let project: TestProject;
const errors = new Map<string, string>();

/** What the compiler says of each file, with the options of a new project. */
beforeAll(async () => {
  const files = CASES.map(([, code], index) => [`src/case_${index}.ts`, `${WORLD}${code}\n`]);
  project = createProject({
    ...Object.fromEntries(files),
    "src/right.ts": `${WORLD}
      asset("rows", ({ addOutputMetadata }) => addOutputMetadata({ rows: metadata.table([] as Order[]) }));
      asset("json", { ioManager: jsonIoManager, deps: { raw, days } }, (_context, { raw: rows }) => rows[0]?.total);
      op("streamed", { dynamic: true }, async function* () { yield ["a", dynamicOutput<number>()]; });
      graphAsset("orders", {}, () => makeOrders());
      schedule("each", { cron: "0 6 * * *", job: salesJob }, () => listPartitions(countries).map((partitionKey) => runRequest({ partitionKey })));
      schedule("last", { cron: "0 6 * * *", job: salesJob }, () => runRequest({ partitionKey: lastPartition(countries) ?? "de" }));
      schedule("day", { cron: "0 6 * * *", job: daysJob, resources: {} }, async ({ scheduledAt }) => runRequest({ partitionKey: scheduledAt.toISOString().slice(0, 10) }));
      schedule("text", { cron: "0 6 * * *", target: "sales*" }, ({ scheduleName }) => (scheduleName ? runRequest({ partitionKey: scheduleName }) : skip("none")));
      sensor("jobs", { jobs: [salesJob, daysJob] }, () => [runRequest({ job: salesJob, partitionKey: "de" }), runRequest({ job: "days_job", partitionKey: "2026-01-01" }), runRequest({ runKey: "a" })]);
      sensor("either", { target: [sales, raw] }, ({ cursor }) => (cursor === "fr" ? runRequest({ partitionKey: cursor }) : undefined));
      multiAssetSensor("both", { assets: [sales, raw], target: [sales] }, ({ materializationsOf }) => materializationsOf(sales).map(({ partitionKey }) => runRequest({ partitionKey: partitionKey === "de" ? "fr" : "de" })));`,
    "tsconfig.json": readFileSync(options, "utf8"),
  });
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, "--pretty", "false"], { cwd: project.folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  for (const error of output.split(/\n(?=src\/)/)) {
    const file = error.slice(0, error.indexOf("("));
    errors.set(file, `${errors.get(file) ?? ""}${error}\n`);
  }
}, 90_000);
afterAll(() => project.remove());

test.each(CASES.map(([what], index) => [what, index] as const))("%s is told in words", (_what, index) => {
  const error = errors.get(`src/case_${index}.ts`);

  for (const said of CASES[index]?.slice(2) ?? []) expect(error).toContain(said);
});

test("what compiles is what is right, rows of an interface as a table too", () => {
  expect(errors.get("src/right.ts")).toBeUndefined();
  expect(errors.size).toBe(CASES.length);
});
