import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const scene = setProjectScene(
  "warehouse",
  `
  import { asset, definitions } from "millrace";

  const loads = asset("loads", { pool: "warehouse" }, async (context) => {
    while (!context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
    context.signal.throwIfAborted();
  });
  export const defs = definitions({ assets: [loads] });
`,
);

test("an operator limits a pool, sees who has its slot and why a run waits for it, and cancels them all", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/pools");
  const pool = page.getByRole("article", { name: "warehouse" });
  await pool.getByRole("textbox", { name: "Slots of warehouse" }).fill("1");
  await pool.getByRole("button", { name: "Set" }).click();
  await pool.getByText("0 steps now, of 1").waitFor();

  const holder = await scene.stack.launch({ assetSelection: ["loads"] });
  await pool.getByRole("link", { name: `Run ${holder}` }).waitFor();
  const waiting = await scene.stack.launch({ assetSelection: ["loads"] });
  await page.goto(`/runs/${waiting}`);
  const waits = page.getByRole("status", { name: "What the run waits for" });
  await waits.getByText("The run begins with steps of pool warehouse, which has no slot free").waitFor();
  await waits.getByRole("link", { name: `Run ${holder}` }).waitFor();

  await page.goto("/runs");
  await page.getByRole("button", { name: "All of these runs" }).click();
  await page.getByRole("menuitem", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog", { name: "Done" }).getByText("2 of 2 runs").waitFor();
  for (const id of [holder, waiting]) expect((await scene.stack.awaitEnd(id)).status).toBe("CANCELED");
  expect(errors).toEqual([]);
});

test("runs of a paused location wait, which is told on a phone, until they may start", async () => {
  const { page, errors } = await scene.open(PHONE);
  await page.goto("/locations/warehouse");
  await page.getByRole("button", { name: "Pause runs of warehouse" }).click();
  await page.getByText("wait in the queue").waitFor();

  const id = await scene.stack.launch({ assetSelection: ["loads"] });
  await page.goto(`/runs/${id}`);
  await page.getByText("Code location warehouse is paused").waitFor();
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBe(PHONE.width);

  await page.goto("/locations/warehouse");
  await page.getByRole("button", { name: "Let runs of warehouse start" }).click();
  await scene.stack.awaitRun(id, ({ status }) => status === "STARTED");
  await scene.stack.query("mutation ($id: ID!) { terminateRun(id: $id) { __typename } }", { id });
  await scene.stack.awaitEnd(id);
  expect(errors).toEqual([]);
});
