import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import { staticPartitions } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { runSubprocess, type SubprocessOptions } from "./run-subprocess.ts";
import { DAGSTER_PIPES, findTestPython } from "./test-python.ts";

const found = await findTestPython(DAGSTER_PIPES);
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);
const python = "python" in found ? found.python : "";

const folder = mkdtempSync(join(tmpdir(), "dagster-pipes-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

let scripts = 0;
function script(text: string): Pick<SubprocessOptions, "command"> {
  const path = join(folder, `script-${++scripts}.py`);
  writeFileSync(path, text);
  return { command: [python, path] };
}

describe.skipIf(python === "")("with PyPI's dagster-pipes", () => {
  test.each(["env", "file"] as const)(
    "a script on dagster-pipes reads its context from the %s and reports everything the protocol has",
    async (transport) => {
      const report = asset(
        ["shop", "report"],
        {
          partitions: staticPartitions(["north", "south"]),
          codeVersion: "2",
          checks: [checkSpec("any_rows")],
        },
        async (context) => {
          const run = await runSubprocess(context, {
            ...script(`
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    pipes.log.debug("quiet")
    pipes.log.warning("careful with %s", pipes.partition_key)
    pipes.report_asset_check("any_rows", passed=True, severity="WARN", metadata={"rows": 3})
    pipes.report_asset_materialization(
        data_version="v1",
        metadata={
            "rows": 3,
            "share": 0.5,
            "missing": float("nan"),
            "notes": {"type": "md", "raw_value": "**ok**"},
            "preview": {"type": "table", "raw_value": {"records": [{"a": 1}], "schema": [{"name": "a", "type": "int"}]}},
        },
    )
    pipes.report_custom_message(
        {
            "asset": pipes.asset_key,
            "code_version": pipes.code_version,
            "provenance": pipes.provenance,
            "range": pipes.partition_key_range["start"],
            "retry": pipes.retry_number,
            "run": pipes.run_id,
            "days": pipes.get_extra("days"),
        }
    )
    print("printed")
`),
            context: transport,
            extras: { days: 7 },
          });
          return run.materializeResult({ value: { said: run.customMessages, stdout: run.stdout } });
        },
      );

      const result = await materialize([report], { partitionKey: "south" });

      expect(result.value(report, "south")).toEqual({
        stdout: "printed\n",
        said: [
          {
            asset: "shop/report",
            code_version: "2",
            provenance: null,
            range: "south",
            retry: 0,
            run: expect.any(String) as string,
            days: 7,
          },
        ],
      });
      expect(result.eventsOf("LOG").map((event) => [event.level, event.message])).toEqual([
        ["DEBUG", "quiet"],
        ["WARNING", "careful with south"],
      ]);
      expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
        {
          partition: "south",
          dataVersion: "v1",
          metadata: {
            rows: { type: "int", value: 3 },
            share: { type: "float", value: 0.5 },
            missing: { type: "text", text: "NaN" },
            notes: { type: "md", md: "**ok**" },
            preview: { type: "table", records: [{ a: 1 }], columns: [{ name: "a", type: "int" }] },
          },
        },
      ]);
      expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
        { checkName: "any_rows", passed: true },
      ]);
    },
  );

  test("a script knows what its asset was made from the last time", async () => {
    const raw = asset("raw", () => materializeResult({ dataVersion: "r1" }));
    const seen: unknown[] = [];
    const clean = asset("clean", { after: [raw], codeVersion: "2" }, async (context) => {
      const run = await runSubprocess(
        context,
        script(`
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    pipes.report_custom_message(pipes.provenance)
    pipes.report_asset_materialization(data_version="c1")
`),
      );
      seen.push(...run.customMessages);
      return run.materializeResult();
    });
    const instance = memoryRunInstance();
    await materialize([raw, clean], { instance });
    await materialize([clean], { instance });

    expect(seen).toEqual([
      null,
      { code_version: "2", input_data_versions: { raw: "r1" }, is_user_provided: true },
    ]);
  });

  test("a script makes several assets", async () => {
    const shop = multiAsset(
      "shop",
      { assets: { orders: assetSpec<void>(), users: assetSpec<void>() } },
      async (context) => {
        const run = await runSubprocess(
          context,
          script(`
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    for key in pipes.asset_keys:
        pipes.report_asset_materialization(asset_key=key, data_version=f"{key}-1")
`),
        );
        return run.materializeResults();
      },
    );

    const result = await materialize([shop]);

    expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.dataVersion)).toEqual([
      "orders-1",
      "users-1",
    ]);
  });

  test("an exception in the script is the cause of the step's failure", async () => {
    const broken = asset("broken", async (context) => {
      const run = await runSubprocess(
        context,
        script(`
from dagster_pipes import open_dagster_pipes

def load():
    try:
        {}["orders"]
    except KeyError as error:
        raise ValueError("no orders") from error

with open_dagster_pipes() as pipes:
    load()
`),
      );
      return run.materializeResult();
    });

    const result = await materialize([broken], { throwOnFailure: false });

    const error = result.eventsOf("STEP_FAILURE")[0]?.error;
    expect(error?.message).toMatch(/ended with exit code 1: ValueError: no orders$/);
    expect(error?.cause).toMatchObject({
      name: "ValueError",
      message: "no orders",
      cause: { name: "KeyError", message: "'orders'" },
    });
    expect(error?.cause?.stack).toMatch(/script-\d+\.py", line 8, in load/);
  });

  test("an interrupted script can clean up, and tells Pipes that it was interrupted", async () => {
    const controller = new AbortController();
    const long = asset("long", async (context) => {
      const log = {
        ...context.log,
        info: (message: string): void => {
          context.log.info(message);
          if (message === "working") controller.abort();
        },
      };
      const run = await runSubprocess(
        { ...context, log },
        script(`
import time
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    try:
        pipes.log.info("working")
        time.sleep(60)
    finally:
        pipes.log.info("cleaned up")
`),
      );
      return run.materializeResult();
    });

    const result = await materialize([long], { signal: controller.signal, throwOnFailure: false });

    expect(result.outcome).toBe("CANCELED");
    const messages = result.eventsOf("LOG").map((event) => event.message);
    expect(messages.slice(0, 2)).toEqual(["working", "cleaned up"]);
    expect(messages[2]).toMatch(/KeyboardInterrupt/);
  });
});
