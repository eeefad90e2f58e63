import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const before = `
  import { asset, definitions } from "millrace";
  export const raw = asset("raw", () => [1, 2, 3]);
  export const defs = definitions({ assets: [raw] });
`;
const renamed = `
  import { asset, definitions } from "millrace";
  export const orders = asset("clean/orders", { renamedFrom: "raw" }, () => [4]);
  export const report = asset("report", { deps: [orders] }, (_context, rows) => rows.length);
  export const defs = definitions({ assets: [orders, report] });
`;
const scene = setProjectScene("shop", before);

test("a renamed asset keeps its history and its value, on the page its history can be wiped", async () => {
  const materialize = async (key: string): Promise<string | null> => {
    const runId = await scene.stack.launch({ jobName: null, assetSelection: [key] });
    return (await scene.stack.awaitEnd(runId)).failureMessage;
  };
  expect(await materialize("raw")).toBeNull();

  scene.project.write("src/definitions.ts", renamed);
  await scene.stack.load("shop", scene.project.folder);
  expect(await materialize("report")).toBeNull();

  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/raw");
  await page.getByRole("heading", { name: "clean/orders" }).waitFor();
  await page.getByText("Materialized", { exact: true }).waitFor();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Wipe history…" }).click();
  await page.getByRole("button", { name: "Wipe history" }).click();
  await page.getByText("Never materialized").first().waitFor();
  expect(errors).toEqual([]);
});

test("the history of chosen assets is wiped from their list, which shows how far that is", async () => {
  await scene.stack.load("shop", scene.project.folder);
  for (const key of ["clean/orders", "report"])
    await scene.stack.awaitEnd(await scene.stack.launch({ jobName: null, assetSelection: [key] }));
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets?state=materialized");

  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("button", { name: "Wipe 2 selected…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Wipe history" }).click();

  const done = page.getByRole("dialog", { name: "Done" });
  await done.getByText("2 of 2 assets").waitFor();
  await done.getByRole("button", { name: "Close" }).click();
  await page.getByText("No asset matches these filters").waitFor();
  expect(errors).toEqual([]);
});
