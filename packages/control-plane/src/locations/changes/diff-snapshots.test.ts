import { create } from "@bufbuild/protobuf";
import {
  LocationSnapshotSchema,
  type LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { expect, test } from "vitest";
import { SHOP, type SnapshotInit } from "../../testing/test-runs.ts";
import { diffSnapshots } from "./diff-snapshots.ts";

function snapshot(definitions: SnapshotInit): LocationSnapshot {
  return create(LocationSnapshotSchema, definitions);
}

test("what is added, removed and changed, with the fields of what has changed before and after", () => {
  const before = snapshot({
    ...SHOP,
    schedules: [{ name: "nightly", cron: ["0 3 * * *"], timezone: "UTC", jobName: "hello" }],
    resources: [{ name: "db", environmentVariables: ["DB_URL"] }],
  });
  const [orders, daily] = SHOP.assets;
  const after = snapshot({
    ...SHOP,
    assets: [
      { ...daily, partitions: { json: '{"type":"static","keys":["mon"]}' } },
      { ...orders, owners: ["team:shop"], tags: { tier: "1" } },
      { key: "customers", group: "sales" },
    ],
    checks: [{ ...SHOP.checks[0], blocking: false }],
    schedules: [{ name: "nightly", cron: ["0 4 * * *"], timezone: "UTC", jobName: "hello" }],
    sensors: [{ name: "watch", kind: "standard", minimumIntervalSeconds: 30 }],
  });

  const changes = diffSnapshots(before, after);

  expect(changes).toEqual({
    counts: [
      { kind: "asset", added: 1, removed: 1, changed: 2 },
      { kind: "check", added: 0, removed: 0, changed: 1 },
      { kind: "schedule", added: 0, removed: 0, changed: 1 },
      { kind: "sensor", added: 1, removed: 0, changed: 0 },
      { kind: "resource", added: 0, removed: 1, changed: 0 },
    ],
    changes: [
      { kind: "asset", name: "customers", change: "added", fields: [] },
      {
        kind: "asset",
        name: "daily_orders",
        change: "changed",
        fields: [
          {
            field: "partitions",
            before: { type: "static", keys: ["mon", "tue", "wed"] },
            after: { type: "static", keys: ["mon"] },
          },
        ],
      },
      {
        kind: "asset",
        name: "orders",
        change: "changed",
        fields: [
          { field: "tags", before: {}, after: { tier: "1" } },
          { field: "owners", before: ["team:sales"], after: ["team:shop"] },
        ],
      },
      { kind: "asset", name: "raw/orders", change: "removed", fields: [] },
      {
        kind: "check",
        name: "orders:not_empty",
        change: "changed",
        fields: [{ field: "blocking", before: true, after: false }],
      },
      {
        kind: "schedule",
        name: "nightly",
        change: "changed",
        fields: [{ field: "cron", before: ["0 3 * * *"], after: ["0 4 * * *"] }],
      },
      { kind: "sensor", name: "watch", change: "added", fields: [] },
      { kind: "resource", name: "db", change: "removed", fields: [] },
    ],
    hasMore: false,
  });
});

test("the order of definitions, tags and dependencies, their places, and Millrace's own jobs are no changes", () => {
  const one = {
    key: "a",
    tags: { x: "1", y: "2" },
    kinds: ["sql", "csv"],
    dependencies: [{ key: "b" }, { key: "c" }],
  };
  const other = {
    key: "a",
    tags: { y: "2", x: "1" },
    kinds: ["csv", "sql"],
    dependencies: [{ key: "c" }, { key: "b" }],
  };
  const before = snapshot({ assets: [one, { key: "b" }], jobs: [{ name: "__nightly", assetKeys: ["a"] }] });
  const after = snapshot({
    assets: [{ key: "b" }, { ...other, source: { file: "a.ts", line: 9 } }],
    jobs: [{ name: "all", implicit: true, assetKeys: ["a", "b"] }],
  });

  expect(diffSnapshots(before, after)).toEqual({ counts: [], changes: [], hasMore: false });
});

test("all changes are counted, two hundred listed; of a long value its beginning is shown", () => {
  const many = snapshot({ assets: Array.from({ length: 500 }, (_, index) => ({ key: `a${index}` })) });
  const changes = diffSnapshots(snapshot({}), many);
  expect(changes.counts).toEqual([{ kind: "asset", added: 500, removed: 0, changed: 0 }]);
  expect(changes.changes).toHaveLength(200);
  expect(changes.hasMore).toBe(true);

  const long = snapshot({ resources: [{ name: "db", description: "x".repeat(10_000) }] });
  const [change] = diffSnapshots(snapshot({ resources: [{ name: "db" }] }), long).changes;
  expect(change?.fields).toEqual([{ field: "description", before: null, after: `"${"x".repeat(1_999)}…` }]);
});
