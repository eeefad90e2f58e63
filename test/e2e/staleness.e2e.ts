import { expect, test } from "vitest";
import { type RunView } from "../system/stack.ts";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

/** With the executor, as versions travel between the processes of a run too. */
const definitions = (ordersVersion: string, executor: string): string => `
  import { asset, definitions, freshness, inProcessExecutor, materializeResult, processExecutor, staticPartitions } from "millrace";

  export const orders = asset("orders", { codeVersion: "${ordersVersion}" }, () =>
    materializeResult({ value: [1, 2, 3], metadata: { rows: 3 } }));
  export const report = asset("report", { deps: [orders], codeVersion: "1", freshnessPolicy: freshness.timeWindow({ failSeconds: 3600 }) }, (context, rows) => {
    const upstream = context.upstream(orders);
    context.log.info(\`upstream said \${JSON.stringify([upstream?.metadata["rows"], upstream?.codeVersion])}\`);
    return rows.length;
  });
  export const regions = asset("regions", { codeVersion: "${ordersVersion}", partitions: staticPartitions(["eu", "us", "asia"]) }, () => 1);
  export const defs = definitions({ assets: [orders, report, regions], executor: ${executor} });
`;

const scene = setProjectScene("shop", definitions("1", "inProcessExecutor()"));

async function materialize(...assetSelection: string[]): Promise<RunView> {
  const run = await scene.stack.awaitEnd(await scene.stack.launch({ jobName: null, assetSelection }));
  expect(run.failureMessage).toBeNull();
  return run;
}

async function staleness(key: string): Promise<unknown> {
  const { asset } = await scene.stack.query<{ asset: unknown }>(
    `query($key: String!) { asset(key: $key) { staleStatus staleCauses { key category dependency } } }`,
    { key },
  );
  return asset;
}

const fresh = { staleStatus: "FRESH", staleCauses: [] };

test("the page shows at once that an asset's code has changed, and then that its upstream has new data", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets");
  const row = (key: string) => page.getByRole("row", { name: key, exact: true });
  await row("report").getByText("Never materialized").waitFor();
  expect(await staleness("report")).toEqual({ staleStatus: "MISSING", staleCauses: [] });

  await materialize("orders", "report");
  await row("report").getByText("Materialized").waitFor();
  expect([await staleness("orders"), await staleness("report")]).toEqual([fresh, fresh]);

  scene.project.write("src/definitions.ts", definitions("2", "processExecutor()"));
  await scene.stack.load("shop", scene.project.folder);
  await row("orders").getByText("Code changed").waitFor();
  expect([await staleness("orders"), await staleness("report")]).toEqual([
    {
      staleStatus: "STALE",
      staleCauses: [{ key: "orders", category: "CODE", dependency: null }],
    },
    fresh,
  ]);

  await materialize("orders");
  await row("report").getByText("Upstream orders has new data").waitFor();
  expect([await staleness("orders"), await staleness("report")]).toEqual([
    fresh,
    {
      staleStatus: "STALE",
      staleCauses: [{ key: "report", category: "DATA", dependency: "orders" }],
    },
  ]);

  await page.getByRole("link", { name: "report", exact: true }).click();
  await page.getByText('The upstream asset "orders" has new data').first().waitFor();
  const changes = page.getByRole("list", { name: "Changes of freshness" });
  await changes.getByRole("listitem").filter({ hasText: "Fresh" }).waitFor();
  await page.goto("/lineage");
  await page.getByRole("img", { name: /^Stale: The upstream asset "orders" has new data/ }).waitFor();

  const run = await materialize("report");
  await page.getByRole("img", { name: /^Stale/ }).waitFor({ state: "detached" });
  expect(run.events.nodes.map(({ message }) => message)).toContain(
    'upstream said [{"type":"int","value":3},"2"]',
  );
  expect(errors).toEqual([]);
});

test("the list, the lineage and the asset's page count the partitions that are stale, and fewer once one is made again", async () => {
  const make = (input: object) =>
    scene.stack.launch({ jobName: null, assetSelection: ["regions"], ...input });
  await scene.stack.awaitEnd(await make({ partitionRange: { start: "eu", end: "us" } }));
  scene.project.write("src/definitions.ts", definitions("3", "inProcessExecutor()"));
  await scene.stack.load("shop", scene.project.folder);

  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets");
  const row = page.getByRole("row", { name: "regions", exact: true });
  await row.getByText("2 stale partitions").waitFor();
  await page.goto("/lineage");
  await page.getByRole("img", { name: "2 stale partitions" }).waitFor();
  await page.goto("/assets/regions");
  await page.getByText("2 of 3 materialized, 2 stale").waitFor();

  await scene.stack.awaitEnd(await make({ partitionKey: "eu" }));
  await page.getByText("2 of 3 materialized, 1 stale").waitFor();
  await page.goto("/assets");
  await row.getByText("1 stale partition", { exact: true }).waitFor();
  expect(errors).toEqual([]);
});
