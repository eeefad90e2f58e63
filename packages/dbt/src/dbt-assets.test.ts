import { daily } from "millrace";
import { describe, expect, test } from "vitest";
import { codeVersionOf } from "./code-version.ts";
import { dbtAssets } from "./dbt-assets.ts";
import { InvalidDbtAssets } from "./dbt-errors.ts";
import { dbtSources } from "./dbt-sources.ts";
import type { DbtManifest } from "./manifest.ts";
import { selectNodes } from "./select-nodes.ts";
import { smallProject } from "./test-project.ts";

const ORDERS = "model.small.orders";

/** The project's manifest with one thing changed. */
function changed(change: (manifest: DbtManifest) => void): DbtManifest {
  const manifest = structuredClone(smallProject().manifest);
  change(manifest);
  return manifest;
}

function getNode(manifest: DbtManifest, id: string): DbtManifest["nodes"][string] {
  const node = manifest.nodes[id];
  if (!node) throw new Error(`There is no ${id}`);
  return node;
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

describe("assets follow the project", () => {
  test("models, seeds and snapshots are assets that depend on each other, through ephemeral models", () => {
    const { assets } = dbtAssets(smallProject(), { name: "small" });

    const graph = Object.entries(assets).map(([name, asset]) => [
      name,
      asset.key,
      asset.dependencies.map(({ key }) => key),
    ]);
    expect(graph.toSorted(byText)).toEqual([
      ["below", "below", ["fragile"]],
      ["fragile", "fragile", []],
      ["orders", "orders", ["raw_orders"]],
      ["raw_orders", "raw_orders", []],
      ["revenue", "revenue", ["orders"]],
      ["slow", "slow", []],
      ["statuses", "statuses", ["raw_orders"]],
    ]);
    expect(
      Object.values(assets).flatMap(({ dependencies }) => dependencies.filter((each) => each.loadsValue)),
    ).toEqual([]);
  });

  test("an asset stands where the author called the function, also beside the package's own sources", () => {
    const { orders } = dbtAssets(smallProject(), { name: "small" }).assets;
    const [source] = dbtSources(smallProject());

    for (const definition of [orders, source])
      expect(definition?.source?.file).toContain("dbt-assets.test.ts");
  });

  test("an asset has the description, group, owners, tags and columns of its model", () => {
    const { orders, revenue } = dbtAssets(smallProject(), { name: "small" }).assets;

    expect(orders).toMatchObject({
      description: "All orders.",
      group: "sales",
      owners: ["sales@example.org"],
      kinds: ["dbt", "duckdb"],
      tags: { daily: "", _ber_all: "" },
      metadata: {
        dbt_id: { text: ORDERS },
        dbt_file: { type: "path", path: "models/orders.sql" },
        materialized: { text: "table" },
        table: { text: '"small"."main"."orders"' },
        column_schema: {
          columns: [
            { name: "id", type: "integer", description: "The number on the receipt." },
            { name: "status", type: "?" },
            { name: "euros", type: "?" },
          ],
        },
        column_lineage: { columns: { euros: [{ assetKey: "raw_orders", column: "amount" }] } },
      },
    });
    expect(revenue).toMatchObject({ group: "default", owners: ["team:finance"], description: null });
  });

  test("tests check the table that they are of, once and not for each partition, and stop what is below", () => {
    const small = dbtAssets(smallProject(), {
      name: "small",
      partitions: daily({ start: "2026-01-01" }),
      vars: ({ partitionKey }) => ({ day: partitionKey }),
    });

    const checks = Object.values(small.assets).flatMap(({ key, checks }) =>
      checks.map(({ name, blocking, severity, perPartition }) => [
        key,
        name,
        severity,
        blocking,
        perPartition,
      ]),
    );
    expect(checks.toSorted(byText)).toEqual([
      ["orders", "accepted_values_orders_status__paid", "WARN", false, false],
      ["orders", "cents_become_euros", "ERROR", true, false],
      ["orders", "no_order_is_missing", "ERROR", true, false],
      ["orders", "not_null_orders_id", "ERROR", true, false],
      // Of an ephemeral model, which is no asset.
      ["orders", "not_null_paid_orders_id", "ERROR", true, false],
      ["orders", "unique_orders_id", "ERROR", true, false],
    ]);
  });

  test("a translator names and groups assets, also where others depend on them", () => {
    const { assets } = dbtAssets(smallProject(), {
      name: "small",
      translate: ({ name, fqn }) => ({ key: ["shop", name], group: fqn.length > 2 ? "deep" : "flat" }),
    });

    expect(assets["revenue"]).toMatchObject({ key: "shop/revenue", group: "deep" });
    expect(assets["orders"]?.dependencies.map(({ key }) => key)).toEqual(["shop/raw_orders"]);
    expect(assets["orders"]?.metadata["column_lineage"]).toMatchObject({
      columns: { euros: [{ assetKey: "shop/raw_orders" }] },
    });
  });

  test("those of one call depend on those of another by key", () => {
    const project = smallProject();

    const { assets } = dbtAssets(project, {
      name: "models",
      exclude: ({ resource_type }) => resource_type === "seed",
    });

    expect(assets["orders"]?.dependencies).toMatchObject([{ key: "raw_orders", asset: null }]);
  });

  test("sources are external assets, as fresh as the project asks for", () => {
    expect(dbtSources(smallProject())).toMatchObject([
      {
        key: "web/visits",
        computation: null,
        freshnessPolicy: { type: "time_window", failSeconds: 172_800, warnSeconds: 21_600 },
      },
      // It only warns.
      { key: "web/clicks", computation: null, freshnessPolicy: null },
    ]);
    expect(dbtSources(smallProject(), { exclude: ({ source_name }) => source_name === "web" })).toEqual([]);
  });
});

describe("what does not fit the project is refused", () => {
  test("partitions of which dbt hears nothing", () => {
    const define = (): unknown =>
      dbtAssets(smallProject(), { name: "small", partitions: daily({ start: "2026-01-01" }) });

    expect(define).toThrow(InvalidDbtAssets);
    expect(define).toThrow(/"small" has partitions, but no `vars`/);
  });

  test("a selection of nothing", () => {
    expect(() => dbtAssets(smallProject(), { name: "none", select: () => false })).toThrow(
      /"none" selects no model, seed or snapshot/,
    );
  });

  test("lineage of a column that the project does not have", () => {
    const project = smallProject();
    const manifest = changed((each) => {
      const { columns } = getNode(each, ORDERS);
      if (columns["euros"]) columns["euros"].meta["lineage"] = ["nowhere.amount"];
    });

    expect(() => dbtAssets({ ...project, manifest }, { name: "small" })).toThrow(
      'models/orders.sql: `meta.lineage` of column "euros" of "orders" names "nowhere.amount", which the project does not have',
    );
  });
});

describe("the code version changes with what is made", () => {
  const version = (change: (manifest: DbtManifest) => void, id = ORDERS): string => {
    const manifest = changed(change);
    return codeVersionOf(manifest, getNode(manifest, id));
  };
  const unchanged = (): string => version(() => {});

  test("with the code, the settings, a macro of the project and an ephemeral model that is selected from", () => {
    const revenue = "model.small.revenue";

    expect(version((each) => void (getNode(each, ORDERS).checksum.checksum = "other"))).not.toBe(unchanged());
    expect(version((each) => void (getNode(each, ORDERS).unrendered_config["unique_key"] = "id"))).not.toBe(
      unchanged,
    );
    const euros = (each: DbtManifest): void => {
      const macro = each.macros["macro.small.euros"];
      if (macro) macro.macro_sql = "{% macro euros(cents) %} {{ cents }} {% endmacro %}";
    };
    expect(version(euros)).not.toBe(unchanged());
    expect(version(euros, revenue)).toBe(version(() => {}, revenue));
    expect(
      version((each) => void (getNode(each, "model.small.paid_orders").checksum.checksum = "other"), revenue),
    ).not.toBe(version(() => {}, revenue));
  });

  test("not with what is only said of it", () => {
    expect(
      version((each) => {
        const node = getNode(each, ORDERS);
        node.description = "Something else";
        node.unrendered_config["tags"] = ["weekly"];
      }),
    ).toBe(unchanged());
  });
});

test("dbt takes the nodes that are asked for, and not those that lie in a folder of the same name", () => {
  const { manifest } = smallProject();

  expect(selectNodes(manifest, new Set([ORDERS, "seed.small.raw_orders"]))).toEqual([
    "--select",
    "fqn:small.orders",
    "fqn:small.raw_orders",
    "--exclude",
    "fqn:small.orders.revenue",
    "fqn:small.orders.cents_become_euros",
    "--indirect-selection",
    "empty",
  ]);
  expect(selectNodes(manifest, new Set(["model.small.revenue"]))).toEqual([
    "--select",
    "fqn:small.orders.revenue",
    "--indirect-selection",
    "empty",
  ]);
});
