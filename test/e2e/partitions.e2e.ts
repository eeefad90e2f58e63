import { expect, test } from "vitest";
import { DESKTOP } from "./browser.ts";
import { setProjectScene } from "./scene.ts";

const scene = setProjectScene(
  "shop",
  `
  import { asset, daily, definitions } from "millrace";

  export const sales = asset("sales", { partitions: daily({ start: "2020-01-01" }) }, (context) => {
    if (context.partitionKey === "2020-01-02") throw new Error("nobody bought anything");
    return 1;
  });
  export const defs = definitions({ assets: [sales] });
`,
);

test("partitions are listed from the newest on, by state and by a part of the key, while runs make them", async () => {
  const { page, errors } = await scene.open(DESKTOP);
  await page.goto("/assets/sales?tab=partitions");
  const list = page.getByRole("list", { name: "Partitions" });
  const first = list.getByRole("listitem").first();
  await first.getByText("Never materialized").waitFor();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await first.getByText(yesterday).waitFor();

  for (const partitionKey of [yesterday, "2020-01-01", "2020-01-02"])
    await scene.stack.awaitEnd(
      await scene.stack.launch({ jobName: null, assetSelection: ["sales"], partitionKey }),
    );
  await first.getByText("Materialized").waitFor();
  await page.getByText(/2 of [\d,]+ materialized, 1 failed/).waitFor();

  await page.getByRole("button", { name: "Older partitions" }).waitFor();
  await page.getByRole("combobox", { name: "Partition state" }).click();
  await page.getByRole("option", { name: "Failed" }).click();
  await first.getByText("2020-01-02").waitFor();
  expect(await list.getByRole("listitem").count()).toBe(1);

  await page.getByRole("combobox", { name: "Partition state" }).click();
  await page.getByRole("option", { name: "Materialized", exact: true }).click();
  await page.getByRole("textbox", { name: "Search partitions" }).fill("2020-");
  await first.getByText("2020-01-01").waitFor();
  expect(await list.getByRole("listitem").count()).toBe(1);
  expect(errors).toEqual([]);
});
