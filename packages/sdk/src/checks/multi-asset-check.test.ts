import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { collectDefinitions, definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import { job } from "../jobs/job.ts";
import { daily } from "../partitions/partitions.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { assetCheck } from "./asset-check.ts";
import { multiAssetCheck } from "./multi-asset-check.ts";

const orders = asset("shop/orders", () => [{ user: "ada", total: 30 }]);
const users = asset("users", () => ["ada"]);
const sound = multiAssetCheck(
  "shop_is_sound",
  {
    checks: {
      totals: { asset: orders, name: "not_empty", blocking: true },
      known_users: { asset: users, name: "not_empty", severity: "WARN" },
    },
    deps: [orders, users],
  },
  (context, rows, names) => {
    expectTypeOf(rows).toEqualTypeOf<{ user: string; total: number }[]>();
    expectTypeOf(context.selectedChecks).toEqualTypeOf<ReadonlySet<"totals" | "known_users">>();
    return {
      totals: rows.every((row) => row.total > 50),
      known_users: { passed: names.length > 0, metadata: { asked: [...context.selectedChecks].join() } },
    };
  },
);

test("one step evaluates checks of several assets, after all of them; a blocking one holds back only what is below its asset", async () => {
  const ofOrders = asset("of_orders", { after: [orders] }, () => 1);
  const ofUsers = asset("of_users", { after: [users] }, () => 1);

  const result = await materialize([orders, users, sound, ofOrders, ofUsers], { throwOnFailure: false });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    {
      stepKey: "shop_is_sound",
      assetKey: "shop/orders",
      checkName: "not_empty",
      passed: false,
      blocking: true,
    },
    {
      stepKey: "shop_is_sound",
      assetKey: "users",
      checkName: "not_empty",
      passed: true,
      severity: "WARN",
      metadata: { asked: { type: "text", text: "totals,known_users" } },
    },
  ]);
  expect(result.eventsOf("STEP_FAILURE")).toMatchObject([{ stepKey: "shop_is_sound" }]);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey }) => assetKey)).toEqual([
    "shop/orders",
    "users",
    "of_users",
  ]);
});

test("of checks that were not asked for, nothing is reported", async () => {
  const nightly = job("nightly", { selection: [sound.checks.known_users] });

  const result = await executeJob(nightly, {
    values: [
      [orders, [{ user: "ada", total: 1 }]],
      [users, ["ada"]],
    ],
  });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "users", passed: true, metadata: { asked: { type: "text", text: "known_users" } } },
  ]);
});

test("a check without a result is logged, a result without a check fails the step", async () => {
  const silent = multiAssetCheck(
    "silent",
    { checks: { one: { asset: users }, two: { asset: users } } },
    () => ({
      one: true,
    }),
  );
  const wrong = multiAssetCheck("wrong", { checks: { three: { asset: users } } }, () => {
    const results = { three: true, four: true };
    return results;
  });

  const quiet = await materialize([users, silent]);
  expect(quiet.eventsOf("ASSET_CHECK_EVALUATION").map(({ checkName }) => checkName)).toEqual(["one"]);
  expect(quiet.eventsOf("LOG")[0]?.message).toBe('The step did not report its check "two" of users');
  await expect(materialize([users, wrong])).rejects.toThrow(
    'returned "four", which is none of its checks; there is "three"',
  );
});

test.each<[unknown, string]>([
  [{ pased: true }, 'has returned one with "pased"; did you mean "passed"?'],
  [{ passed: "yes" }, "has returned one whose `passed` is text"],
  [{}, "has returned one without"],
  [[true], "has returned a list"],
  [undefined, "has returned nothing"],
])("a result that is none is refused with what it is: %j", async (returned, problem) => {
  const check = assetCheck("complete", { asset: users }, () => returned as boolean);

  await expect(materialize([users, check])).rejects.toThrow(
    `Check "complete" must return a boolean or an object with \`passed\`, true or false, but ${problem}`,
  );
});

test("a field of a result that says nothing is told of", async () => {
  const check = assetCheck("complete", { asset: users }, () => {
    const result = { passed: true, metdata: { rows: 1 } };
    return result;
  });

  const result = await materialize([users, check]);
  expect(result.eventsOf("LOG").map(({ message }) => message)).toEqual([
    'The result of check "complete" has "metdata", which says nothing; did you mean "metadata"?',
  ]);
});

test("checked assets must be partitioned alike, and the partition reaches the code", async () => {
  const days = daily({ start: "2024-01-01" });
  const sales = asset("sales", { partitions: days }, () => 1);
  const visits = asset("visits", { partitions: daily({ start: "2024-01-01" }) }, () => 1);
  const seen: string[] = [];
  const both = multiAssetCheck(
    "both",
    { checks: { sold: { asset: sales }, visited: { asset: visits } } },
    (context) => {
      seen.push(context.partitionKey);
      return { sold: true, visited: true };
    },
  );

  await materialize([sales, visits, both], { partitionKey: "2024-02-03" });
  expect(seen).toEqual(["2024-02-03"]);
  const mixed = () =>
    multiAssetCheck("mixed", { checks: { a: { asset: sales }, b: { asset: users } } }, () => ({}));
  expect(mixed).toThrow(DefinitionError);
  expect(mixed).toThrow(
    /"mixed" .*multi-asset-check\.test\.ts:\d+.*"sales" and "users", which are partitioned differently/,
  );
});

test("it is found among exports, and names that collide are refused", () => {
  const found = resolveDefinitions(collectDefinitions({ orders, users, sound }));
  expect([...found.checks.keys()]).toEqual(["shop/orders:not_empty", "users:not_empty"]);

  const alone = assetCheck("is_sound", { asset: asset("shop", () => 1) }, () => true);
  const clash = () =>
    resolveDefinitions(
      definitions({ assets: [orders, users, asset("shop", () => 1)], checks: [sound, alone] }),
    );
  expect(clash).toThrow('would share the step key "shop_is_sound"');
});
