import { expect, test } from "vitest";
import { asset, assetRef, daily, definitions } from "millrace";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { describeAssets } from "./describe-assets.ts";

test("a dependency says how it is partitioned where the location does not define it itself", () => {
  const partitions = daily({ start: "2024-01-01" });
  const own = asset("own", { partitions }, () => 1);
  const elsewhere = assetRef("elsewhere", { partitions });
  const sums = asset("sums", { deps: [own, elsewhere], after: ["unknown"], partitions }, () => 1);

  const described = describeAssets(resolveDefinitions(definitions({ assets: [own, sums] })), "/code");

  const dependencies = described.find(({ key }) => key === "sums")?.dependencies ?? [];
  expect(dependencies.map(({ key, partitions: known }) => [key, known?.json])).toEqual([
    ["own", undefined],
    ["elsewhere", described.find(({ key }) => key === "own")?.partitions?.json],
    ["unknown", undefined],
  ]);
});
