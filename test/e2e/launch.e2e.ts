import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const DEFINITIONS = `
  import { existsSync } from "node:fs";
  import { asset, daily, definitions, dynamicPartitions, job, op, resource } from "millrace";
  import { z } from "zod";

  const source = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("bucket"), bucket: z.string().min(3) }),
    z.object({ kind: z.literal("folder"), path: z.string() }),
  ]);
  const mill = resource("mill", { config: z.object({ password: z.string().meta({ format: "password" }) }), setup: () => "mill" });
  const ingest = op(
    "ingest",
    {
      resources: { mill },
      config: z.object({
        year: z.number().int().min(1987).describe("Which year to read"),
        carrier: z.enum(["AA", "UA"]).default("AA"),
        source,
        columns: z.array(z.string()).default([]),
      }),
    },
    () => {},
  );
  const nightly = job("nightly", () => void ingest());

  const upstream = asset("upstream", {}, () => 1);
  const gate = asset("gate", { deps: [upstream], config: z.object({ open: z.string() }) }, ({ config }, one) => {
    if (!existsSync(config.open)) throw new Error("the gate is shut");
    return one;
  });
  const downstream = asset("downstream", { deps: [gate] }, (_context, one) => one);

  const days = daily({ start: "2024-01-01", end: "2024-02-01" });
  const sales = asset("sales", { partitions: days }, (context) => {
    context.log.info("sold on " + context.partitionKey);
  });
  const customers = asset("customers", { partitions: dynamicPartitions("customers") }, () => 1);
  export const defs = definitions({ assets: [upstream, gate, downstream, sales, customers], jobs: [nightly], resources: { mill } });
`;

const scene = setProjectScene("mill", DEFINITIONS);

async function choose(page: Page, name: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name }).click();
  // What is written takes the place of what was chosen.
  await page.keyboard.type(option);
  await page.getByRole("option", { name: option, exact: true }).click();
}

test.each([
  ["at a desk", DESKTOP],
  ["on a phone", PHONE],
])(
  "an author fills the form of a job %s, is told what is wrong at its field, and gets a run with that config",
  async (_where, viewport) => {
    const { page, errors } = await scene.open(viewport);
    await page.goto("/jobs/mill/nightly");
    await page.getByRole("button", { name: "Launch", exact: true }).click();
    const dialog = page.getByRole("dialog");
    const year = dialog.getByRole("textbox", { name: "year" });

    await dialog.getByRole("button", { name: "Launch run" }).click();
    await dialog.getByText("3 fields are not right").waitFor();
    expect(await year.getAttribute("aria-invalid")).toBe("true");
    expect(await year.evaluate((input) => input === document.activeElement)).toBe(true);
    await year.fill("1901");
    await dialog.getByText("Must be at least 1987").waitFor();
    await year.fill("2001");
    await choose(page, "kind of source", "bucket");
    await dialog.getByRole("textbox", { name: "bucket" }).fill("flights");
    await dialog.getByRole("button", { name: "Add to columns" }).click();
    await page.keyboard.type("origin");
    await dialog.getByRole("button", { name: "More for password" }).click();
    await page.getByRole("menuitem", { name: "From an environment variable" }).click();
    await dialog.getByRole("textbox", { name: "password" }).fill("MILL_PASSWORD");

    await dialog.getByText("JSON", { exact: true }).click();
    const json = dialog.getByRole("textbox", { name: "Run config" });
    const config = JSON.parse(await json.inputValue()) as object;
    expect(config).toEqual({
      ops: {
        ingest: {
          config: { year: 2001, source: { kind: "bucket", bucket: "flights" }, columns: ["origin"] },
        },
      },
      resources: { mill: { config: { password: { env: "MILL_PASSWORD" } } } },
    });
    await json.fill(JSON.stringify(config).replace("2001", "2002"));
    await dialog.getByText("Form", { exact: true }).click();
    expect(await year.inputValue()).toBe("2002");
    await dialog.getByRole("button", { name: "Launch run" }).click();

    await page.waitForURL("**/runs/*");
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const { run } = await scene.stack.query<{ run: { runConfig: unknown } }>(
      "query($id: ID!) { run(id: $id) { runConfig } }",
      { id },
    );
    expect(run.runConfig).toMatchObject({ ops: { ingest: { config: { year: 2002, columns: ["origin"] } } } });
    expect(errors).toEqual([]);
  },
);

test("only what the chosen assets need is asked for", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/gate");
  await page.getByRole("button", { name: "Materialize", exact: true }).click();

  const form = page.getByRole("dialog").getByRole("group", { name: "Run config" });
  await form.getByRole("textbox", { name: "open" }).waitFor();
  expect(await form.getByText("ingest").count()).toBe(0);
  expect(await form.getByText("mill", { exact: true }).count()).toBe(0);
  expect(errors).toEqual([]);
});

test("an operator repairs a failed run from its failure; the group shows both runs, and why the first one can't be repaired again", async () => {
  const open = `${scene.project.folder}/open`;
  const runConfig = { ops: { gate: { config: { open } } } };
  const id = await scene.stack.launch({ assetSelection: ["upstream", "gate", "downstream"], runConfig });
  await scene.stack.awaitEnd(id);
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto(`/runs/${id}`);
  scene.project.write("open", "");

  await page
    .getByRole("region", { name: "Steps" })
    .getByRole("button", { name: /^Step gate/ })
    .click();
  await page.getByRole("button", { name: "Re-run" }).click();
  await page.getByRole("menuitem", { name: "From step gate onwards" }).waitFor();
  await page.getByRole("menuitem", { name: "From failure", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));

  await page.getByText("Success", { exact: true }).first().waitFor();
  const steps = page.getByRole("region", { name: "Steps" });
  await steps.getByRole("button", { name: /^Step downstream: Success/ }).waitFor();
  expect(await steps.getByRole("button", { name: /^Step upstream/ }).count()).toBe(0);
  const group = page.getByRole("navigation", { name: "Runs of this group" });
  await group.getByRole("link", { name: `Run ${id}: Failed` }).waitFor();
  await page.getByRole("button", { name: "Re-run" }).click();
  const repair = page.getByRole("menuitem", { name: "From failure", exact: true });
  await repair.getByText("did not fail").waitFor();
  expect(await repair.isDisabled()).toBe(true);
  expect(errors).toEqual([]);
});

test("an operator runs chosen steps again", async () => {
  const runConfig = { ops: { gate: { config: { open: scene.project.folder } } } };
  const id = await scene.stack.launch({ assetSelection: ["upstream", "gate", "downstream"], runConfig });
  await scene.stack.awaitEnd(id);
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto(`/runs/${id}`);

  await page.getByRole("button", { name: "Re-run" }).click();
  await page.getByRole("menuitem", { name: "Choose steps" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: "gate" }).check();
  await dialog.getByRole("checkbox", { name: "downstream" }).check();
  await dialog.getByRole("button", { name: "Run 2 steps" }).click();

  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await page.getByText("Success", { exact: true }).first().waitFor();
  await page.getByText("2 of 2 steps").waitFor();
  expect(errors).toEqual([]);
});

test("an operator materializes a range of partitions in one run", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/sales");
  await page.getByRole("button", { name: "Materialize", exact: true }).click();
  const dialog = page.getByRole("dialog");

  await dialog.getByText("A range in one run").click();
  await choose(page, "Last partition", "2024-01-05");
  await choose(page, "First partition", "2024-01-30");
  await dialog.getByText("The range ends before it begins").waitFor();
  await choose(page, "First partition", "2024-01-03");
  await dialog.getByText("3 partitions").waitFor();
  await dialog.getByRole("button", { name: "Launch run" }).click();

  await page.getByText("2024-01-03 … 2024-01-05").waitFor();
  await page.getByText("Success", { exact: true }).first().waitFor();
  const log = page.getByRole("log", { name: "Run log" });
  await log.getByText("sold on 2024-01-05").waitFor();
  expect(await log.getByText(/^sold on/).allTextContents()).toEqual([
    "sold on 2024-01-03",
    "sold on 2024-01-04",
    "sold on 2024-01-05",
  ]);
  expect(errors).toEqual([]);
});

test("an operator adds a key to dynamic partitions in the launch itself", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/customers");
  await page.getByRole("button", { name: "Materialize", exact: true }).click();
  const dialog = page.getByRole("dialog");

  await dialog.getByRole("button", { name: "Launch run" }).click();
  await dialog.getByText("Choose a partition").waitFor();
  await dialog.getByRole("combobox", { name: "Partition" }).fill("acme");
  await page.getByRole("option", { name: 'Add "acme"' }).click();
  await dialog.getByText("Choose a partition").waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Launch run" }).click();

  await page.getByText("Success", { exact: true }).first().waitFor();
  await page.getByText("acme", { exact: true }).first().waitFor();
  expect(errors).toEqual([]);
});

test("an operator makes a range of partitions as a backfill, and sees how far it is", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/sales");
  await page.getByRole("button", { name: "Materialize", exact: true }).click();
  const dialog = page.getByRole("dialog");

  await dialog.getByRole("button", { name: "All partitions" }).click();
  await dialog.getByText("31 partitions, a run for each").waitFor();
  await choose(page, "First partition", "2024-01-30");
  await dialog.getByText("2 partitions, a run for each").waitFor();
  await dialog.getByRole("button", { name: "Launch backfill" }).click();

  await page.waitForURL("**/backfills/*");
  await page.getByText("Done", { exact: true }).waitFor();
  await page.getByRole("button", { name: "2 made of sales" }).click();
  await page.getByRole("dialog").getByText("2024-01-31", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  const runs = page.getByRole("table", { name: "Runs" });
  await runs.getByText("2024-01-30", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Backfills" }).click();
  await page.getByRole("table", { name: "Backfills" }).getByText("2 of 2").waitFor();
  expect(errors).toEqual([]);
});
