import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { materializeResult } from "../../assets/asset-result.ts";
import { assetSpec } from "../../assets/asset-spec.ts";
import { checkSpec } from "../../assets/check-spec.ts";
import { multiAsset } from "../../assets/multi-asset.ts";
import { Failure } from "../../context/failure.ts";
import { materialize } from "../../testing/execute.ts";

const quiet = { throwOnFailure: false } as const;

/** A step of two assets, of which it makes the first only. */
function twoTables(passes: boolean, fail: (made: object) => never | Promise<never>) {
  const unique = checkSpec("unique", { blocking: true });
  const assets = { first: assetSpec<number>({ checks: [unique] }), second: assetSpec<number>() };
  return multiAsset("tables", { assets }, () =>
    fail({ first: materializeResult({ value: 1, checks: { unique: passes } }) }),
  );
}

test("what a step made before it failed is stored and reported, and what is below it is not made", async () => {
  const tables = twoTables(true, (made) => {
    throw new Failure("No second table", { made });
  });
  const below = asset("below", { deps: [tables.assets.first] }, (_context, value) => value);

  const result = await materialize([tables, below], quiet);

  expect(result.value(tables.assets.first)).toBe(1);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey }) => assetKey)).toEqual(["first"]);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ checkName: "unique", passed: true }]);
  const [failure] = result.eventsOf("STEP_FAILURE");
  expect(failure?.error.message).toBe("No second table");
  expect(JSON.stringify(failure)).not.toContain("millrace.asset-result");
});

test("the failure counts, also where a blocking check of what was made does not pass", async () => {
  const tables = twoTables(false, (made) => {
    throw new Failure("No second table", { made });
  });

  const result = await materialize([tables], quiet);

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: false }]);
  expect(result.eventsOf("STEP_FAILURE").map(({ error }) => error.message)).toEqual(["No second table"]);
});

test("what a canceled step made until then is reported", async () => {
  const controller = new AbortController();
  const tables = twoTables(true, (made) => {
    controller.abort();
    throw new Failure("Interrupted", { made });
  });

  const result = await materialize([tables], { ...quiet, signal: controller.signal });

  expect(result.outcome).toBe("CANCELED");
  expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey }) => assetKey)).toEqual(["first"]);
});
