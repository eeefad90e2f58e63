import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { graphAsset } from "../assets/graph-asset.ts";
import { definitions } from "../definitions/definitions.ts";
import { standIn } from "../definitions/stand-in.ts";
import { op } from "../graphs/op.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { daily } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { bytesIoManager } from "./file-io-managers.ts";
import { ioManager, type IoManager } from "./io-manager.ts";
import { memoryIoManager } from "./memory-io-manager.ts";

interface Order {
  readonly id: number;
}
const handed: unknown[] = [];
const rows = ioManager("rows", {
  handleOutput: (_context, value: readonly object[]) => void handed.push(value),
  loadInput: () => handed.at(-1),
});
const tables = ioManager("tables", {
  handleOutput: (_context, value: readonly object[] | undefined) => void handed.push(value),
  loadInput: () => handed.at(-1),
});
const anything = ioManager("anything", { handleOutput: () => {}, loadInput: () => 0 });
const makeOrders = (): Order[] => [{ id: 1 }];

test("a manager is known by the type of the values that it stores", () => {
  expectTypeOf(rows).toEqualTypeOf<IoManager<readonly object[], undefined>>();
  expectTypeOf(anything).toEqualTypeOf<IoManager<unknown, undefined>>();
  expectTypeOf(rows).toExtend<IoManager>();
});

test("an asset names one that stores its values", () => {
  const partitions = daily({ start: "2026-01-01" });
  const named = [
    asset("a", { ioManager: rows }, makeOrders),
    asset("a", { ioManager: rows, partitions }, ({ partitionKey }) => [{ id: 1, day: partitionKey }]),
    asset("a", { ioManager: rows }, async () => materializeResult({ value: makeOrders() })),
    asset("a", { ioManager: rows, partitions, backfill: singleRun() }, ({ partitionKeys }) =>
      Object.fromEntries(partitionKeys.map((key) => [key, makeOrders()])),
    ),
  ];
  const some: IoManager = rows;
  asset("a", { ioManager: some }, () => 5);
  asset("a", { ioManager: anything }, () => 5);
  // @ts-expect-error 5 is no rows
  asset("a", { ioManager: rows }, () => 5);
  // @ts-expect-error nor is its attempt
  asset("a", { ioManager: rows }, ({ attempt }) => attempt);
  // @ts-expect-error nor is it in a result
  asset("a", { ioManager: rows }, async () => materializeResult({ value: 5 }));
  // @ts-expect-error nor as one of several partitions
  asset("a", { ioManager: rows, partitions, backfill: singleRun() }, () => ({ "2026-01-01": 5 }));

  expect(named.map(({ ioManager: own }) => own)).toEqual([rows, rows, rows, rows]);
});

test("whether nothing can be stored is up to the manager", () => {
  const filled = [
    asset("a", { ioManager: tables }, () => {}),
    asset("a", { ioManager: tables }, async () => materializeResult()),
  ];
  // @ts-expect-error it wants rows
  asset("a", { ioManager: rows }, () => {});

  expect(filled.map(({ ioManager: own }) => own)).toEqual([tables, tables]);
});

test("so do graphs, specs, external assets and changes", () => {
  const orders = op("orders", makeOrders);
  const count = op("count", (_context, all: Order[]) => all.length);
  graphAsset("a", { ioManager: rows }, () => orders());
  // @ts-expect-error a number is no rows
  graphAsset("a", { ioManager: rows }, () => count(orders()));
  assetSpec<Order[]>({ ioManager: rows });
  assetSpec<void>({ ioManager: tables });
  // @ts-expect-error a number is no rows
  assetSpec<number>({ ioManager: rows });
  externalAsset<Order[]>("a", { ioManager: rows });
  externalAsset("a", { ioManager: rows });
  // @ts-expect-error a number is no rows
  externalAsset<number>("a", { ioManager: rows });
  const plain = asset("a", makeOrders);
  expect(plain.with({ ioManager: rows }).ioManager).toBe(rows);
  // @ts-expect-error rows are no bytes
  plain.with({ ioManager: bytesIoManager });
});

test("a stand-in stores the same values, and is what a test uses", async () => {
  const made = asset("made", { ioManager: rows }, makeOrders);
  const values = new Map<string, unknown>();

  await materialize([made], { ioManagers: [standIn(rows, memoryIoManager(values))] });

  expect([...values.values()]).toEqual([[{ id: 1 }]]);
  expect(handed).toEqual([]);
  expect(definitions({ assets: [made], ioManagers: [standIn(rows, tables)] }).ioManagers).toEqual({
    rows: tables,
  });
  // @ts-expect-error bytes are no rows
  standIn(rows, bytesIoManager);
});
