import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { graphAsset } from "../assets/graph-asset.ts";
import { job } from "../jobs/job.ts";
import { op } from "./op.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { graph } from "./graph.ts";

const fetch = op("fetch", { config: z.object({ from: z.string() }) }, (context) => context.config.from);
const store = op(
  "store",
  { config: z.object({ to: z.string(), mode: z.enum(["new", "append"]).default("new") }) },
  (context, text: string) => `${text} → ${context.config.to} (${context.config.mode})`,
);
const copy = graph(
  "copy",
  {
    config: z.object({ folder: z.string() }),
    mapConfig: (config) => {
      expectTypeOf(config).toEqualTypeOf<{ folder: string }>();
      return { fetch: { from: config.folder }, store: { to: `${config.folder}/copy` } };
    },
  },
  () => store(fetch()),
);
const copyJob = job("copy_job", () => void copy());

test("the config of a graph becomes that of its ops", async () => {
  const result = await executeJob(copyJob, { config: { copy: { folder: "/data" } } });
  expect(result.output("copy.store")).toBe("/data → /data/copy (new)");
});

test("config that a run gives to an op itself comes first", async () => {
  const config = { copy: { folder: "/data" }, "copy.store": { to: "/other", mode: "append" } };
  const result = await executeJob(copyJob, { config });
  expect(result.output("copy.store")).toBe("/data → /other (append)");
});

test("an outer graph configures an inner one, also in an asset", async () => {
  const everything = graph(
    "everything",
    { config: z.object({ root: z.string() }), mapConfig: ({ root }) => ({ copy: { folder: `${root}/in` } }) },
    () => copy(),
  );
  const copied = graphAsset("copied", {}, () => everything());

  const result = await materialize([copied], { config: { "copied.everything": { root: "/r" } } });

  expect(result.value(copied)).toBe("/r/in → /r/in/copy (new)");
});

test("a wrong config of the graph is the only thing that is reported", async () => {
  const run = executeJob(copyJob, { config: { copy: { folder: 3 } } });
  const message = await run.then(String, (error: Error) => error.message);

  expect(message).toContain("ops.copy.config");
  expect(message).not.toContain("copy.fetch");
});

test("a map that names no op of the graph is an error that says so", async () => {
  const broken = graph(
    "broken",
    { config: z.object({}), mapConfig: () => ({ fetch: { from: "a" }, fecth: {} }) },
    () => fetch(),
  );
  const run = executeJob(job("run", () => void broken()));

  await expect(run).rejects.toThrow('ops.broken.config: mapConfig names "fecth", which takes no config');
});

test("config and mapConfig need each other", () => {
  expect(() => graph("half", { config: z.object({}) }, () => fetch())).toThrow(
    /graph "half".*need each other/,
  );
});

test("options after the body, as plain JavaScript may have them, are an error that shows the order", () => {
  const inOldOrder = graph as unknown as (...words: unknown[]) => unknown;

  expect(() => inOldOrder("late", () => copy(), { description: "a copy" })).toThrow(
    /late.*the body comes last: graph\(name, \{ config, mapConfig \}, body\)/,
  );
});
