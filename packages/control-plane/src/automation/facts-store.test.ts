import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { loadFacts, refreshFacts } from "./facts-store.ts";

const { db } = await createTestDatabase();

async function evaluate(key: string, check: string, passed: boolean): Promise<void> {
  await sql`
    insert into asset_check_evaluation (deployment_id, asset_id, check_name, passed, severity, blocking, happened_at)
    select deployment_id, id, ${check}, ${passed}, 'ERROR', false, now() from asset
    where deployment_id = ${TEST_DEPLOYMENT} and key = ${key}`.execute(db);
}

test("the newest evaluation of each check of an asset is known, and those that change are read alone", async () => {
  await sql`insert into asset (deployment_id, key) select ${TEST_DEPLOYMENT}, unnest(array['orders', 'users', 'none'])`.execute(
    db,
  );
  for (const passed of [false, true]) {
    await evaluate("orders", "fresh", passed);
    await evaluate("orders", "unique", !passed);
    await evaluate("users", "fresh", !passed);
  }
  const facts = await loadFacts(db, TEST_DEPLOYMENT, ["orders", "users", "none"]);
  const known = (): object =>
    Object.fromEntries(
      [...facts].map(([key, { checks }]) => [
        key,
        Object.fromEntries([...checks].map(([name, { passed }]) => [name, passed])),
      ]),
    );
  expect(known()).toEqual({ orders: { fresh: true, unique: false }, users: { fresh: false }, none: {} });

  await evaluate("orders", "fresh", false);
  await evaluate("orders", "unique", true);
  await evaluate("orders", "new", true);
  const changed = { partitions: new Set<string>(), checks: new Set(["fresh", "new"]) };
  await refreshFacts(db, TEST_DEPLOYMENT, facts, new Map([["orders", changed]]));
  expect(known()).toMatchObject({
    orders: { fresh: false, unique: false, new: true },
    users: { fresh: false },
  });

  await refreshFacts(db, TEST_DEPLOYMENT, facts, new Map([["orders", { partitions: null, checks: null }]]));
  expect(known()).toMatchObject({ orders: { fresh: false, unique: true, new: true } });
});
