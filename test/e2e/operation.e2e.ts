import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const DEFINITIONS = `
  import { asset, definitions } from "millrace";

  const well = asset("well", {}, () => {
    throw new Error("the well is dry");
  });
  const slow = asset("slow", {}, async (context) => {
    console.log("first line of stdout");
    console.error("first line of stderr");
    while (!context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  export const defs = definitions({ assets: [well, slow] });
`;

const scene = setProjectScene("waterworks", DEFINITIONS);

test("someone on call learns from a phone what failed and why, without scrolling", async () => {
  const id = await scene.stack.launch({ assetSelection: ["well"] });
  await scene.stack.awaitEnd(id);
  const { page, errors } = await scene.open(PHONE);

  await page.goto(`/runs/${id}`);

  const failure = page.getByRole("alert", { name: "Failure" });
  await failure.getByText("the well is dry").first().waitFor();
  const box = await failure.boundingBox();
  expect(box?.y).toBeLessThan(PHONE.height / 2);
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBe(PHONE.width);
  expect(errors).toEqual([]);
});

test("an operator follows stdout and stderr of a running run, terminates it, and runs it again", async () => {
  const id = await scene.stack.launch({ assetSelection: ["slow"] });
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto(`/runs/${id}`);

  await page.getByRole("tab", { name: "stdout" }).click();
  await page.getByRole("log", { name: "stdout" }).getByText("first line of stdout").waitFor();
  await page.getByRole("tab", { name: "stderr" }).click();
  await page.getByRole("log", { name: "stderr" }).getByText("first line of stderr").waitFor();
  await page.getByRole("button", { name: "Terminate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Terminate run" }).click();
  await page.getByText("Canceled", { exact: true }).first().waitFor();

  await page.getByRole("button", { name: "Re-run" }).click();
  await page.getByRole("menuitem", { name: "All steps" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await page.getByRole("button", { name: "Terminate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Terminate run" }).click();
  await page.getByText("Canceled", { exact: true }).first().waitFor();
  expect(errors).toEqual([]);
});

test("a broken definitions file shows its error beside the version that serves, and is gone once it is mended", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/locations/waterworks");
  await page.getByRole("heading", { name: "waterworks" }).waitFor();

  scene.project.write("src/definitions.ts", "throw new Error('the dam has burst');");
  await page.getByRole("button", { name: "Reload waterworks" }).click();
  const loadError = page.getByRole("alert", { name: "Load error" });
  await loadError.getByText("the dam has burst").first().waitFor();
  await loadError.getByText(/It does not load: its code threw.* (next try is|being tried)/).waitFor();
  scene.project.write("src/definitions.ts", DEFINITIONS);
  await page.getByRole("button", { name: "Reload waterworks" }).click();

  await loadError.waitFor({ state: "detached" });
  expect(errors).toEqual([]);
});

test("an operator sees the agent with its heartbeat, drains it and has it take work again, makes a token that is shown once, and sees how the daemons fare", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/agents");
  await page.getByLabel("test-agent").getByText("running", { exact: false }).first().waitFor();

  await page.getByRole("button", { name: "Drain test-agent" }).click();
  await page.getByText("takes no more: drained").waitFor();
  await page.getByRole("button", { name: "Resume test-agent" }).click();
  await page.getByText("takes no more: drained").waitFor({ state: "detached" });

  await page.getByRole("button", { name: /Create/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("second agent");
  await dialog.getByRole("button", { name: /Create/ }).click();
  await dialog.getByText(/^mra_/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();

  expect(await page.getByText(/mra_/).count()).toBe(0);
  await page.getByText("second agent").waitFor();
  const coordinator = page.getByRole("table", { name: "Daemons" }).getByRole("row", { name: /coordinator/ });
  await coordinator.getByText("Working").waitFor();
  await coordinator.getByText(/ late, at most /).waitFor();
  expect(errors).toEqual([]);
});
