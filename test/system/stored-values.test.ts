import { join } from "node:path";
import { asset, assetValueLoader, definitions, withConfig } from "millrace";
import { duckdbDatabase, duckdbIoManager } from "millrace-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  stack = await startTestStack();
  project = createProject({
    "src/definitions.ts": `
      import { asset, definitions, staticPartitions, withConfig } from "millrace";
      import { duckdbDatabase, duckdbIoManager } from "millrace-duckdb";
      const path = ${JSON.stringify(join(stack.home, "lake.duckdb"))};
      const tables = duckdbIoManager("tables", withConfig(duckdbDatabase("lake"), { path }));
      const sizes = asset("sizes", () => new Map([["a", 1]]));
      const sales = asset(
        "shop/sales",
        {
          ioManager: tables,
          partitions: staticPartitions(["de", "fr", "it"]),
          metadata: { partition_expr: "country" },
        },
        ({ partitionKey }) => [{ country: partitionKey, sold: 3 }],
      );
      export const defs = definitions({ assets: [sizes, sales] });
    `,
  });
});
afterAll(async () => {
  await stack.stop();
  project.remove();
});

test("a script loads what runs of a deployment have stored: files and tables of one database", async () => {
  const location = await stack.load("shop", project.folder);
  expect(location.latest.error).toBeNull();
  const launches = [
    { assetSelection: ["sizes"] },
    // Each in a process of its own, all at once: they take turns with the file.
    ...["de", "fr", "it"].map((partitionKey) => ({ assetSelection: ["shop/sales"], partitionKey })),
  ];
  const runs = await Promise.all(
    launches.map(async (launch) => stack.awaitEnd(await stack.launch({ ...launch, jobName: "__ASSET_JOB" }))),
  );
  expect(runs.map((run) => [run.status, run.failureMessage])).toEqual(runs.map(() => ["SUCCESS", null]));

  const lake = withConfig(duckdbDatabase("lake"), { path: join(stack.home, "lake.duckdb") });
  const sizes = asset("sizes", () => new Map<string, number>());
  const sales = asset("shop/sales", { ioManager: duckdbIoManager("tables", lake) }, () => [
    { country: "", sold: 0 },
  ]);
  await using values = assetValueLoader(definitions({ assets: [sizes, sales] }), {
    storageDirectory: join(stack.home, "agent", "storage"),
  });

  expect(await values.load(sizes)).toEqual(new Map([["a", 1]]));
  expect((await values.load(sales)).toSorted((a, b) => a.country.localeCompare(b.country))).toEqual(
    ["de", "fr", "it"].map((country) => ({ country, sold: 3 })),
  );
});
