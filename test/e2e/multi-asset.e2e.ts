import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const scene = setProjectScene(
  "shop",
  `
  import { asset, assetSpec, daily, definitions, multiAsset } from "millrace";

  const partitions = daily({ start: "2024-01-01" });
  const dbt = multiAsset(
    "dbt",
    { assets: { stg: assetSpec<void>(), mart: assetSpec<void>({ after: ["model"] }) }, partitions, canSubset: true },
    (context) => Object.fromEntries([...context.selectedAssets].map((name) => [name, undefined])),
  );
  const model = asset("model", { partitions, after: [dbt.assets.stg] }, () => 1);
  export const defs = definitions({ assets: [dbt, model] });
`,
);

test("a step that is run in parts says what each of them makes, on the page of the run and of its job", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  const run = await scene.stack.awaitEnd(
    await scene.stack.launch({ assetSelection: ["stg", "model", "mart"], partitionKey: "2024-01-02" }),
  );

  await page.goto(`/runs/${run.id}`);

  await page.getByRole("button", { name: /^Step dbt makes stg: Success/ }).waitFor();
  await page.getByRole("button", { name: /^Step dbt_2 makes mart: Success/ }).waitFor();
  await page.getByRole("button", { name: /^Step model: Success/ }).waitFor();
  await page.goto("/jobs/shop/__ASSET_JOB");
  await page.getByText("part that makes mart").waitFor();
  expect(errors).toEqual([]);
});
