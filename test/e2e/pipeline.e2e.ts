import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setScene } from "./scene.ts";

const flights = fileURLToPath(new URL("../../examples/flights", import.meta.url));

const scene = setScene("flights", flights);

test("an author launches a job for one month, watches its steps and reads the log of one of them", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/jobs");

  await page.getByRole("button", { name: "Launch flights_report" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Partition" }).click();
  await page.getByRole("option", { name: "2001-03-01" }).click();
  await dialog.getByRole("button", { name: "Launch run" }).click();
  await page.getByRole("heading", { name: "flights_report" }).waitFor();
  await page.getByText("Success", { exact: true }).first().waitFor();

  const steps = page.getByRole("region", { name: "Steps" });
  await steps.getByRole("button", { name: /^Step monthly_flights: Success/ }).click();
  const log = page.getByRole("log", { name: "Run log" });
  await log.getByText(/flights in 2001-03-01/).waitFor();
  expect(await log.getByText("Materialized asset airports").count()).toBe(0);
  await page.getByRole("link", { name: "monthly_flights", exact: true }).click();
  await page.getByRole("heading", { name: "monthly_flights" }).waitFor();
  expect(errors).toEqual([]);
});

test("an analyst finds a chart asset by search, sees its SVG, and what it is made from", async () => {
  await scene.stack.awaitEnd(
    await scene.stack.launch({ jobName: "flights_report", partitionKey: "2001-04-01" }),
  );
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/runs?tag=no:such");
  const all = page.getByRole("link", { name: "Show all runs" });
  // Not the browser's own blue, which can't be read on dark ground.
  expect(await all.evaluate((link) => getComputedStyle(link).color)).not.toBe("rgb(0, 0, 238)");
  await page.goto("/assets");

  await page.getByLabel("Search assets").fill("chart");
  await page.getByRole("link", { name: "delay_chart" }).click();

  await page.getByRole("heading", { name: "delay_chart" }).waitFor();
  const chart = page.getByRole("img", { name: /chart/ });
  await chart.waitFor();
  expect(await chart.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(
    true,
  );
  await page.getByRole("link", { name: "delays_by_hour" }).click();
  await page.getByRole("heading", { name: "delays_by_hour" }).waitFor();
  expect(errors).toEqual([]);
});

test("a chart is made again when what it is drawn from was, and its page says what it waits for", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/delay_chart?tab=automation");
  const now = page.getByRole("region", { name: "Now" });
  await now.getByText("delays_by_hour is updated").waitFor();

  await scene.stack.launch({ assetSelection: ["delays_by_hour"] });
  const evaluations = page.getByRole("region", { name: "Evaluations" });
  await evaluations.getByText("asked for 1").first().getByRole("link").click();
  await page.getByText("Success", { exact: true }).first().waitFor();
  expect(errors).toEqual([]);
});

test("an author materializes one asset from the lineage graph; a config that does not match is refused beside its field", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/lineage");

  await page.getByLabel(/^Asset busiest_routes/).click();
  await page.getByRole("button", { name: "Materialize", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const top = dialog.getByRole("textbox", { name: "top" });
  await top.waitFor();
  // What the dialog's overlay leaves out beside the scroll bar is darkened too.
  const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(ground).not.toBe("rgba(0, 0, 0, 0)");
  await top.fill("500");
  await dialog.getByText("Must be at most 100").waitFor();
  await dialog.getByRole("button", { name: "Launch run" }).click();
  await dialog.getByText("One field is not right").waitFor();
  await top.fill("3");
  await dialog.getByRole("button", { name: "Launch run" }).click();

  await page.getByText("Success", { exact: true }).first().waitFor();
  await page.getByRole("tab", { name: "Config" }).click();
  await page.getByText(`"top": 3`).waitFor();
  expect(errors).toEqual([]);
});

test("the page says when the control plane is away, keeps what it shows, and goes on by itself", async () => {
  const { page } = await scene.open(DESKTOP);
  await page.goto("/runs");
  await page.getByRole("table", { name: "Runs" }).getByText("flights_report").first().waitFor();

  await scene.stack.kill("server", "SIGKILL");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("table", { name: "Runs" }).getByText("flights_report").count()).toBeGreaterThan(
    0,
  );
  await scene.stack.startServer();

  await page.getByRole("alert").waitFor({ state: "detached" });
  expect(await page.getByRole("table", { name: "Runs" }).isVisible()).toBe(true);
});
