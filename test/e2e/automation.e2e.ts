import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const DEFINITIONS = `
  import { asset, assetSensor, automation, definitions, runRequest, schedule } from "millrace";

  const orders = asset("orders", {}, () => 12);
  const report = asset("report", { deps: [orders] }, (_context, rows) => rows);
  const summary = asset("summary", { deps: [orders], group: "finance", automationCondition: automation.eager() }, () => 1);
  const everyMinute = schedule("every_minute", { cron: "* * * * *", target: [report] });
  const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, (context) =>
    runRequest({ runKey: "made by " + context.materializations[0].runId }));
  export const defs = definitions({ assets: [orders, report, summary], sensors: [onOrders], schedules: [everyMinute] });
`;

const scene = setProjectScene("shop", DEFINITIONS);

// The next minute is waited for while the test after it runs.
test("an author starts a schedule that has not ticked yet", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/automation");
  await page.getByRole("link", { name: "every_minute" }).click();
  await page.getByText("It has not ticked yet.").waitFor();

  await page.getByRole("switch", { name: "every_minute ticks" }).click({ force: true });
  await page.getByRole("button", { name: "Reset to its definition, which says off" }).waitFor();
  expect(errors).toEqual([]);
});

test("an operator switches the conditions of a group off, and the asset's page says so", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/automation");
  const finance = page.getByRole("switch", { name: "Conditions of finance are evaluated" });
  await finance.click({ force: true });
  await expect.poll(() => finance.isChecked()).toBe(false);

  await page.goto("/assets/summary?tab=automation");
  await page.getByText("Switched off with its group").waitFor();
  expect(errors).toEqual([]);
});

test("an author sees what a sensor on an asset would launch, and goes on after what it has seen", async () => {
  const id = await scene.stack.launch({ assetSelection: ["orders"] });
  await scene.stack.awaitEnd(id);
  const { page, errors } = await scene.open(DESKTOP);
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

test("an author sees what the tick of the started schedule launched, and lets it be as defined", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/automation");
  await page.getByRole("link", { name: "every_minute" }).click();
  const ticks = page.getByRole("table", { name: "Ticks" });
  await ticks.getByText("Success").first().waitFor({ timeout: 90_000 });
  await ticks.getByRole("link").last().click();
  await page.getByText("by schedule every_minute").waitFor();

  await page.goBack();
  await page.getByRole("button", { name: "Reset to its definition, which says off" }).click();
  await page.getByText("as its definition says").waitFor();
  expect(await page.getByRole("switch", { name: "every_minute ticks" }).isChecked()).toBe(false);
  expect(errors).toEqual([]);
});

test("conditions that are switched on again ask for what changes from then on", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/automation");
  const finance = page.getByRole("switch", { name: "Conditions of finance are evaluated" });
  await finance.click({ force: true });
  await expect.poll(() => finance.isChecked()).toBe(true);
  await page.goto("/assets/summary?tab=automation");
  await page.getByText("Switched off with its group").waitFor({ state: "detached" });
  await page.getByRole("list", { name: "The condition now" }).getByText("not any_deps_missing").waitFor();
  // What was before the first round after the switch is no news.
  await page.getByText(/^[1-9]\d* times$/).waitFor();

  await scene.stack.awaitEnd(await scene.stack.launch({ assetSelection: ["orders"] }));
  await page.getByText("asked for 1").first().waitFor();
  expect(errors).toEqual([]);
});
