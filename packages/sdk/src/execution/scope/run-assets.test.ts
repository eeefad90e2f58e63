import { describe, expect, test } from "vitest";
import type { AssetPlace } from "@millrace/model/data-versions/asset-state";
import { computeDataVersion } from "@millrace/model/data-versions/compute-data-version";
import { asset } from "../../assets/asset.ts";
import { materializeResult, observeResult } from "../../assets/asset-result.ts";
import { assetRef, dep } from "../../assets/dependency.ts";
import { externalAsset, observableAsset } from "../../assets/external-asset.ts";
import { assetCheck } from "../../checks/asset-check.ts";
import { partitionMapping } from "../../partitions/partition-mapping.ts";
import { daily, staticPartitions } from "../../partitions/partitions.ts";
import { executeJob, materialize, type ExecutionOptions } from "../../testing/execute.ts";
import type { ExecutionResult } from "../../testing/execution-result.ts";
import { graphAsset } from "../../assets/graph-asset.ts";
import { ioManager } from "../../io/io-manager.ts";
import { job } from "../../jobs/job.ts";
import { op } from "../../graphs/op.ts";
import { memoryRunInstance, type MemoryRunInstance } from "../../context/memory-run-instance.ts";

/** A deployment that takes down what it is asked for. */
function recordingInstance(): MemoryRunInstance & { readonly asked: (readonly AssetPlace[])[] } {
  const instance = memoryRunInstance();
  const asked: (readonly AssetPlace[])[] = [];
  return {
    ...instance,
    asked,
    findAssetStates(places) {
      asked.push(places);
      return instance.findAssetStates(places);
    },
  };
}

function materializationOf(result: ExecutionResult, key: string) {
  const event = result.eventsOf("ASSET_MATERIALIZATION").find(({ assetKey }) => assetKey === key);
  if (!event) throw new Error(`"${key}" was not materialized`);
  return event;
}

const raw = asset("raw", { codeVersion: "1" }, () => 1);
const clean = asset("clean", { deps: [raw], codeVersion: "a" }, (_context, value) => value + 1);
const values: ExecutionOptions["values"] = [[raw, 1]];

describe("a materialization says what it was made from", () => {
  test("by versions that are computed from its code and its inputs", async () => {
    const result = await materialize([raw, clean]);

    const version = computeDataVersion("1", {});
    expect(materializationOf(result, "raw")).toMatchObject({
      dataVersion: version,
      provenance: { codeVersion: "1", inputDataVersions: {}, isUserProvided: false },
    });
    expect(materializationOf(result, "clean")).toMatchObject({
      dataVersion: computeDataVersion("a", { raw: version }),
      provenance: { codeVersion: "a", inputDataVersions: { raw: version }, isUserProvided: false },
    });
  });

  test("the author's version goes before a computed one", async () => {
    const own = asset("own", () => materializeResult({ dataVersion: "mine" }));
    const after = asset("after", { after: [own] }, () => {});
    const result = await materialize([own, after]);

    expect(materializationOf(result, "own")).toMatchObject({
      dataVersion: "mine",
      provenance: { isUserProvided: true },
    });
    expect(materializationOf(result, "after").provenance?.inputDataVersions).toEqual({ own: "mine" });
  });

  test("code without a version makes something new each time", async () => {
    const plain = asset("plain", () => 1);
    const [one, two] = [await materialize([plain]), await materialize([plain])];

    const event = materializationOf(one, "plain");
    expect(event.provenance?.codeVersion).toMatch(/^[0-9a-f-]{36}$/);
    expect(event.dataVersion).not.toBe(materializationOf(two, "plain").dataVersion);
    expect(event.tags).toEqual({});
  });

  test("what other runs made counts where the run does not make it itself", async () => {
    const instance = memoryRunInstance();
    const before = await materialize([raw], { instance });
    const after = await materialize([clean], { instance, values });

    expect(materializationOf(after, "clean").provenance?.inputDataVersions).toEqual({
      raw: materializationOf(before, "raw").dataVersion,
    });
    expect(
      materializationOf(await materialize([clean], { values }), "clean").provenance?.inputDataVersions,
    ).toEqual({
      raw: "INITIAL",
    });
  });

  test("what was observed counts for assets that are made elsewhere", async () => {
    const instance = memoryRunInstance();
    const files = observableAsset("files", {}, () => observeResult({ dataVersion: "v7" }));
    const loaded = asset("loaded", { after: [files] }, () => {});
    await materialize([files], { instance });

    const result = await materialize([loaded], { instance });

    expect(materializationOf(result, "loaded").provenance?.inputDataVersions).toEqual({ files: "v7" });
  });

  test("each partition is made from partitions of its own", async () => {
    const partitions = daily({ start: "2024-01-01" });
    const events = asset("events", { partitions }, () => 1);
    const total = asset(
      "total",
      {
        deps: [dep(events, { partitions: partitionMapping.timeWindow({ startOffset: -1 }) })],
        partitions,
        codeVersion: "1",
      },
      () => 1,
    );
    const instance = recordingInstance();
    const make = (target: typeof events | typeof total, partitionKey: string) =>
      materialize([target], {
        instance,
        partitionKey,
        values: [
          [events, 1, "2024-01-01"],
          [events, 1, "2024-01-02"],
        ],
      });
    await make(events, "2024-01-01");
    await make(events, "2024-01-02");

    const [one, again] = [await make(total, "2024-01-02"), await make(total, "2024-01-02")];
    expect(instance.asked).toEqual([
      [
        { assetKey: "events", partition: "2024-01-01" },
        { assetKey: "events", partition: "2024-01-02" },
        { assetKey: "events", partition: null },
      ],
      expect.anything(),
    ]);
    const used = materializationOf(one, "total").provenance;
    expect(materializationOf(again, "total").provenance).toEqual(used);
    await make(events, "2024-01-01");
    expect(
      materializationOf(await make(total, "2024-01-02"), "total").provenance?.inputDataVersions,
    ).not.toEqual(used?.inputDataVersions);
  });
});

describe("virtual assets", () => {
  const sales = asset("sales", { codeVersion: "1" }, () => 1);
  const salesView = externalAsset("sales_view", { after: [sales], isVirtual: true });
  const wideView = externalAsset("wide_view", { after: [salesView, raw], isVirtual: true });
  const summary = asset("summary", { after: [wideView], codeVersion: "s" }, () => {});

  test("are looked through: what is behind them is asked for, and is what it was made from", async () => {
    const instance = recordingInstance();
    const before = await materialize([sales, raw], { instance });

    const result = await materialize([summary], { instance });

    expect(instance.asked).toEqual([
      ["wide_view", "raw", "sales"].map((assetKey) => ({ assetKey, partition: null })),
    ]);
    expect(materializationOf(result, "summary").provenance?.inputDataVersions).toEqual({
      raw: materializationOf(before, "raw").dataVersion,
      sales: materializationOf(before, "sales").dataVersion,
    });
  });

  test("show what the same run makes: that is waited for", async () => {
    const result = await materialize([summary, raw, sales]);

    expect(result.eventsOf("STEP_START").at(-1)?.stepKey).toBe("summary");
    expect(materializationOf(result, "summary").provenance?.inputDataVersions).toEqual({
      raw: materializationOf(result, "raw").dataVersion,
      sales: materializationOf(result, "sales").dataVersion,
    });
  });

  test("that code makes count by the version of that code", async () => {
    const view = asset("view", { after: [sales], isVirtual: true, codeVersion: "v1" }, () => {});
    const report = asset("report", { after: [view] }, () => {});
    const result = await materialize([sales, view, report]);

    expect(materializationOf(result, "report").provenance?.inputDataVersions).toEqual({
      sales: materializationOf(result, "sales").dataVersion,
      view: "v1",
    });
  });

  test("have their partitions mapped to those of what is behind", async () => {
    const partitions = daily({ start: "2024-01-01" });
    const events = asset("events", { partitions }, () => 1);
    const view = externalAsset("view", { after: [events], isVirtual: true, partitions });
    const report = asset(
      "report",
      { deps: [dep(view, { partitions: partitionMapping.timeWindow({ startOffset: -1 }) })], partitions },
      () => {},
    );
    const instance = recordingInstance();
    await materialize([report], {
      instance,
      partitionKey: "2024-01-02",
      values: ["2024-01-01", "2024-01-02"].map((key) => [view, 1, key]),
    });

    expect(instance.asked.flat().filter(({ assetKey }) => assetKey === "events")).toEqual(
      ["2024-01-01", "2024-01-02", null].map((partition) => ({ assetKey: "events", partition })),
    );
  });
});

test("the ops of a graph asset load values once the versions of these are known, and can't ask for more", async () => {
  const order: string[] = [];
  const instance: MemoryRunInstance = {
    ...memoryRunInstance(),
    async findAssetStates(places) {
      // The op could have loaded long since.
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      order.push("versions");
      return places.map(() => ({ dataVersion: "v1", materialization: null, observation: null }));
    },
  };
  const files = ioManager("files", {
    handleOutput: () => {},
    loadInput: () => {
      order.push("values");
      return 1;
    },
  });
  const source = externalAsset<number>("source", { ioManager: files });
  const double = op("double", (context, value: number) => {
    // @ts-expect-error -- an op knows of no assets: the code of the graph's asset does
    expect(context.upstream).toBeUndefined();
    return value * 2;
  });
  const doubled = graphAsset(
    "doubled",
    { deps: [source] },
    (value) => double(value),
    (context, value) => {
      expect(context.upstream(source)).toBeNull();
      return value;
    },
  );
  const result = await materialize([doubled], { instance, ioManagers: { files } });

  expect(order).toEqual(["versions", "values"]);
  expect(materializationOf(result, "doubled").provenance?.inputDataVersions).toEqual({ source: "v1" });
});

describe("a run asks its deployment", () => {
  test("nothing when it makes all that its assets are made from, nor for ops", async () => {
    const instance = recordingInstance();
    await materialize([raw, clean], { instance });
    const hello = job("hello", () => void op("greet", () => {})());
    await executeJob(hello, { instance });

    expect(instance.asked).toEqual([]);
  });

  test("once for all that others make", async () => {
    const instance = recordingInstance();
    const other = asset("other", { after: [raw, externalAsset("source"), "elsewhere"] }, () => {});
    await materialize([clean, other], { instance, values });

    expect(instance.asked).toEqual([
      ["raw", "source", "elsewhere"].map((assetKey) => ({ assetKey, partition: null })),
    ]);
  });

  test("and goes on without an answer: versions are unknown then, and the log says why", async () => {
    const instance: MemoryRunInstance = {
      ...memoryRunInstance(),
      findAssetStates: () => Promise.reject(new Error("the control plane is away")),
    };
    const result = await materialize([clean], { instance, values });

    expect(materializationOf(result, "clean")).toMatchObject({
      dataVersion: "UNKNOWN",
      provenance: { inputDataVersions: { raw: "UNKNOWN" } },
    });
    expect(result.eventsOf("ENGINE_EVENT")).toMatchObject([
      { message: expect.stringContaining("the control plane is away") },
    ]);
  });
});

describe("the code of a step", () => {
  const orders = asset("orders", { codeVersion: "3" }, () =>
    materializeResult({ value: [1, 2], metadata: { rows: 2 }, tags: { from: "shop" } }),
  );

  test("reads the last materialization of what it depends on, made before or in the same run", async () => {
    const seen: unknown[] = [];
    const summary = asset("summary", { deps: [orders] }, (context) => {
      seen.push(context.upstream(orders), context.upstream("orders"));
    });
    const check = assetCheck("has_rows", { asset: orders, loadsValue: false }, (context) => {
      const rows = context.upstream(orders)?.metadata["rows"];
      return rows?.type === "int" && rows.value > 0;
    });
    const instance = memoryRunInstance();
    await materialize([orders, summary], { instance });
    const [made] = await instance.findAssetStates([{ assetKey: "orders", partition: null }]);
    await materialize([summary], { instance, values: [[orders, []]] });
    const checked = await materialize([check], { instance });

    const upstream = expect.objectContaining({
      runId: made?.materialization?.runId,
      metadata: { rows: { type: "int", value: 2 } },
      tags: { from: "shop", "millrace/code_version": "3" },
      codeVersion: "3",
      partitionKey: null,
      timestamp: expect.any(Date),
    });
    expect(seen).toEqual([upstream, upstream, upstream, upstream]);
    expect(checked.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: true }]);
  });

  test("reads the partition that it is made from", async () => {
    const partitions = staticPartitions(["nl", "be"]);
    const byCountry = asset("by_country", { partitions }, (context) =>
      materializeResult({ metadata: { country: context.partitionKey } }),
    );
    const seen: unknown[] = [];
    const report = asset("report", { after: [byCountry], partitions }, (context) => {
      seen.push(context.upstream(byCountry)?.partitionKey);
    });
    const all = asset("all", { after: [byCountry] }, (context) => {
      seen.push(context.upstream(byCountry)?.partitionKey);
    });
    const instance = memoryRunInstance();
    for (const partitionKey of ["nl", "be"]) await materialize([byCountry], { instance, partitionKey });
    await materialize([report], { instance, partitionKey: "nl" });
    await materialize([all], { instance });

    expect(seen).toEqual(["nl", "be"]);
  });

  test("gets nothing where there is nothing, and an error for what it does not depend on", async () => {
    const later = assetRef("later");
    const first = asset("first", { after: [later] }, (context) => {
      expect(context.upstream(later)).toBeNull();
      context.upstream("stranger");
    });

    await expect(materialize([first])).rejects.toThrow(
      'Step "first" asks for "stranger", which it does not depend on; it depends on: later',
    );
  });

  test("finds out what its asset was made from the last time", async () => {
    const seen: unknown[] = [];
    const curious = asset("curious", { codeVersion: "1" }, async (context) => {
      seen.push(await context.findProvenance());
    });
    const instance = memoryRunInstance();
    for (let run = 0; run < 2; run++) await materialize([curious], { instance });

    expect(seen).toEqual([
      { curious: null },
      { curious: { codeVersion: "1", inputDataVersions: {}, isUserProvided: false } },
    ]);
  });
});
