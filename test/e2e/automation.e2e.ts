import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const DEFINITIONS = `
  import { asset, assetSensor, definitions, runRequest, schedule } from "millrace";

  const orders = asset("orders", {}, () => 12);
  const report = asset("report", { deps: [orders] }, (_context, rows) => rows);
  const everyMinute = schedule("every_minute", { cron: "* * * * *", target: [report] });
  const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, (context) =>
    runRequest({ runKey: "made by " + context.materializations[0].runId }));
  export const defs = definitions({ assets: [orders, report], sensors: [onOrders], schedules: [everyMinute] });
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
  await page.getByText("__every_minute").first().waitFor();

  await page.goBack();
  await page.getByRole("button", { name: "Reset to its definition, which says off" }).click();
  await page.getByText("as its definition says").waitFor();
  expect(await page.getByRole("switch", { name: "every_minute ticks" }).isChecked()).toBe(false);
  expect(errors).toEqual([]);
});
