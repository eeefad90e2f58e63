import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "../system/project.ts";
import { startStack, type RunView, type Stack } from "../system/stack.ts";
import { DESKTOP, launchBrowser, openPage } from "./browser.ts";

/** With the executor, as versions travel between the processes of a run too. */
const definitions = (ordersVersion: string, executor: string): string => `
  import { asset, definitions, inProcessExecutor, materializeResult, processExecutor } from "millrace";

  export const orders = asset("orders", { codeVersion: "${ordersVersion}" }, () =>
    materializeResult({ value: [1, 2, 3], metadata: { rows: 3 } }));
  export const report = asset("report", { deps: [orders], codeVersion: "1" }, (context, rows) => {
    const upstream = context.upstream(orders);
    context.log.info(\`upstream said \${JSON.stringify([upstream?.metadata["rows"], upstream?.codeVersion])}\`);
    return rows.length;
  });
  export const defs = definitions({ assets: [orders, report], executor: ${executor} });
`;

let stack: Stack;
let browser: Browser;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": definitions("1", "inProcessExecutor()") });
  [stack, browser] = await Promise.all([startStack(), launchBrowser()]);
  await stack.load("shop", project.folder);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  project.remove();
});

async function materialize(...assetSelection: string[]): Promise<RunView> {
  const run = await stack.awaitEnd(await stack.launch({ jobName: null, assetSelection }));
  expect(run.failureMessage).toBeNull();
  return run;
}

async function staleness(key: string): Promise<unknown> {
  const { asset } = await stack.query<{ asset: unknown }>(
    `query($key: String!) { asset(key: $key) { staleStatus staleCauses { key category dependency } } }`,
    { key },
  );
  return asset;
}

const fresh = { staleStatus: "FRESH", staleCauses: [] };

test("the page shows at once that an asset's code has changed, and then that its upstream has new data", async () => {
  const { page, errors } = await openPage(browser, stack.url, DESKTOP);
  await page.goto("/assets");
  const row = (key: string) => page.getByRole("row", { name: key, exact: true });
  await row("report").getByText("Never materialized").waitFor();
  expect(await staleness("report")).toEqual({ staleStatus: "MISSING", staleCauses: [] });

  await materialize("orders", "report");
  await row("report").getByText("Materialized").waitFor();
  expect([await staleness("orders"), await staleness("report")]).toEqual([fresh, fresh]);

  project.write("src/definitions.ts", definitions("2", "processExecutor()"));
  await stack.load("shop", project.folder);
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
  await page.goto("/lineage");
  await page.getByRole("img", { name: /^Stale: The upstream asset "orders" has new data/ }).waitFor();

  const run = await materialize("report");
  await page.getByRole("img", { name: /^Stale/ }).waitFor({ state: "detached" });
  expect(run.events.nodes.map(({ message }) => message)).toContain(
    'upstream said [{"type":"int","value":3},"2"]',
  );
  expect(errors).toEqual([]);
});
