import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TestProject } from "../system/project.ts";
import { startStack, type Stack } from "../system/stack.ts";
import { DESKTOP, launchBrowser, openPage } from "./browser.ts";

const DEFINITIONS = `
  import { asset, assetSensor, definitions, runRequest } from "millrace";

  const orders = asset("orders", {}, () => 12);
  const report = asset("report", { deps: [orders] }, (_context, rows) => rows);
  const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, (context) =>
    runRequest({ runKey: "made by " + context.materializations[0].runId }));
  export const defs = definitions({ assets: [orders, report], sensors: [onOrders] });
`;

let stack: Stack;
let browser: Browser;
let project: TestProject;
beforeAll(async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  [stack, browser] = await Promise.all([startStack(), launchBrowser()]);
  await stack.load("shop", project.folder);
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  project?.remove();
});

test("an author sees what a sensor on an asset would launch, and goes on after what it has seen", async () => {
  const id = await stack.launch({ assetSelection: ["orders"] });
  await stack.awaitEnd(id);
  const { page, errors } = await openPage(browser, stack.url, DESKTOP);
  await page.goto("/automation");
  await page.getByText("orders materialized").waitFor();

  await page.getByRole("button", { name: "Test evaluation of on_orders" }).click();
  await page.getByRole("button", { name: "Evaluate" }).click();
  const outcome = page.getByRole("region", { name: "Outcome" });
  await outcome.getByText("It would launch 1 run").waitFor();
  await outcome.getByText(`made by ${id}`).first().waitFor();

  const seen = await outcome.locator("dd").last().innerText();
  await page.getByLabel("Events after").fill(seen);
  await page.getByRole("button", { name: "Evaluate" }).click();
  await outcome.getByText("Nothing new that it watches for").waitFor();
  expect(errors).toEqual([]);
});
