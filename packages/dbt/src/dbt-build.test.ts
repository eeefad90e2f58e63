import { spawnSync } from "node:child_process";
import { constants, cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { job } from "millrace";
import { executeJob, materialize } from "millrace/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dbtAssets } from "./dbt-assets.ts";
import { dbtProject } from "./dbt-project.ts";
import { readManifest } from "./manifest.ts";
import { dbtSourceChecks } from "./dbt-source-checks.ts";
import { dbtSourceFreshness } from "./dbt-source-freshness.ts";
import { dbtSources } from "./dbt-sources.ts";
import { runDbt } from "./run-dbt.ts";
import { selectNodes } from "./select-nodes.ts";
import { findTestDbt, loadTestDbt, type LoadedDbt } from "./test-dbt.ts";
import { copyProject, copySources, MANIFEST } from "./test-project.ts";

const found = await findTestDbt();
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);
const python = "python" in found ? found.python : "";

/** The real dbt parses whole projects, on a busy machine. */
const SLOW = 180_000;

describe.skipIf("missing" in found)("with the real dbt on DuckDB", () => {
  /** The project where dbt has parsed it, and what that made: the other tests go on from a copy, which saves them a third of dbt's work. */
  let parsed: string;
  let artifacts: string;
  let dbt: LoadedDbt;
  let executable: LoadedDbt["command"];
  const read = () => dbtProject(parsed, { executable, parses: true });
  beforeAll(async () => {
    dbt = await loadTestDbt(python);
    executable = dbt.command;
    parsed = copySources();
    read();
    artifacts = mkdtempSync(join(tmpdir(), "millrace-dbt-artifacts-"));
    cpSync(join(parsed, "target"), artifacts, { recursive: true });
  }, SLOW);
  afterAll(async () => {
    await dbt.close();
    for (const folder of [parsed, artifacts]) rmSync(folder, { recursive: true });
  });

  test("the manifest of the other tests is what dbt makes of the project", async () => {
    const { macros, ...made } = readManifest(join(artifacts, "manifest.json"), "dbt parse");

    const own = Object.entries(macros).filter(([, { package_name }]) => package_name === "small");
    const nodes = Object.entries(made.nodes).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const kept = { ...made, nodes: Object.fromEntries(nodes), macros: Object.fromEntries(own) };
    await expect(`${JSON.stringify(kept, null, 2)}\n`).toMatchFileSnapshot(MANIFEST);
  });

  test(
    "a project that parses itself is parsed again when a file of it came or changed, and only then",
    () => {
      const manifestAt = () => statSync(join(parsed, "target/manifest.json")).ino;

      const first = manifestAt();
      read();
      expect(manifestAt()).toBe(first);
      writeFileSync(join(parsed, "models/fresh.sql"), "select 1 as id");
      expect(Object.keys(read().manifest.nodes)).toContain("model.small.fresh");
      expect(readdirSync(join(parsed, "target")).toSorted()).toEqual([
        "manifest.json",
        "millrace_parsed",
        "partial_parse.msgpack",
      ]);

      writeFileSync(join(parsed, "models/fresh.sql"), "select * from {{ ref('nothing') }}");
      expect(read).toThrow(
        /dbt could not parse the project in .*exit code [^]*depends on a node named 'nothing'/,
      );
    },
    SLOW,
  );

  test(
    "what is made is told before the step fails for a model, with the file and dbt's words",
    async () => {
      const project = dbtProject(copyProject(artifacts), { executable });
      const small = dbtAssets(project, { name: "small", vars: () => ({ number: "many" }) });

      const result = await materialize([small], { throwOnFailure: false });

      expect(result.outcome).toBe("FAILURE");
      const made = result.eventsOf("ASSET_MATERIALIZATION");
      expect(made.map(({ assetKey }) => assetKey).toSorted()).toEqual([
        "orders",
        "raw_orders",
        "revenue",
        "slow",
        "statuses",
      ]);
      expect(made.find(({ assetKey }) => assetKey === "raw_orders")?.metadata).toMatchObject({
        rows_affected: { type: "int", value: 2 },
      });
      const checks = result.eventsOf("ASSET_CHECK_EVALUATION");
      expect(
        Object.fromEntries(checks.map(({ checkName, passed, severity }) => [checkName, [passed, severity]])),
      ).toEqual({
        accepted_values_orders_status__paid: [false, "WARN"],
        cents_become_euros: [true, "ERROR"],
        no_order_is_missing: [true, "ERROR"],
        not_null_orders_id: [true, "ERROR"],
        not_null_paid_orders_id: [true, "ERROR"],
        unique_orders_id: [true, "ERROR"],
      });
      expect(checks.find(({ passed }) => !passed)?.metadata).toMatchObject({ failures: { value: 1 } });
      const message = result.eventsOf("STEP_FAILURE")[0]?.message ?? "";
      expect(message).toContain("fragile (models/fragile.sql): ");
      expect(message).toContain("Could not convert string 'many' to INT32");
      expect(message).toContain("Skipped, because of what they are made from: below");
      expect(result.eventsOf("LOG").map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/OK loaded seed file main.raw_orders/),
      );
    },
    SLOW,
  );

  test(
    "tests of sources are checks of these, and one that can't run did not pass",
    async () => {
      const project = dbtProject(copyProject(artifacts), { executable });
      const checks = dbtSourceChecks(project, { name: "dbt_sources" });

      const result = await executeJob(job("check_sources", { selection: Object.values(checks.checks) }), {
        assets: dbtSources(project),
        throwOnFailure: false,
      });

      expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
        {
          assetKey: "web/visits",
          checkName: "source_not_null_web_visits_id",
          passed: false,
          severity: "ERROR",
        },
      ]);
      const said = result.eventsOf("ASSET_CHECK_EVALUATION")[0]?.metadata["message"];
      expect(JSON.stringify(said)).toMatch(/web\.visits.* does not exist/);
    },
    SLOW,
  );

  test(
    "sources are asked how fresh they are, which is a check and an observation of each",
    async () => {
      const folder = copyProject(artifacts);
      const project = dbtProject(folder, { executable });
      const fresh = dbtSourceFreshness(project, { name: "dbt_freshness" });
      const rows = "create table web.visits as select 1 as id, now()::timestamp - interval 1 day as seen_at";
      const fill = `import duckdb; duckdb.connect('small.duckdb').execute("create schema web; ${rows}")`;
      spawnSync(python, ["-c", fill], { cwd: folder });

      const result = await executeJob(job("ask", { selection: Object.values(fresh.checks) }), {
        assets: dbtSources(project),
      });

      const checks = result.eventsOf("ASSET_CHECK_EVALUATION");
      expect(checks.toSorted((a, b) => (a.assetKey < b.assetKey ? -1 : 1))).toMatchObject([
        {
          assetKey: "web/clicks",
          passed: false,
          severity: "ERROR",
          message: expect.stringContaining("clicks"),
        },
        { assetKey: "web/visits", checkName: "freshness", passed: false, severity: "WARN" },
      ]);
      expect(result.eventsOf("ASSET_OBSERVATION")).toMatchObject([
        {
          assetKey: "web/visits",
          dataVersion: expect.stringMatching(/^\d{4}-/),
          metadata: { last_updated_timestamp: { type: "timestamp" } },
        },
      ]);
    },
    SLOW,
  );

  test(
    "an interrupted dbt ends its statement",
    async () => {
      const folder = copyProject(artifacts);
      const project = dbtProject(folder, { executable });
      const pipe = join(folder, "rows.csv");
      spawnSync("mkfifo", [pipe]);
      // Without end. It runs once it reads the pipe: dbt says that it starts before that, when there is nothing to cancel yet.
      const endless = `
        select sum(a.range * b.range) as total
        from read_csv('${pipe}', columns = {'id': 'int'}, auto_detect = false), range(1000000) as a, range(1000000) as b`;
      writeFileSync(join(folder, "models/slow.sql"), `{{ config(materialized="table") }} ${endless}`);
      const controller = new AbortController();
      const args = ["build", ...selectNodes(project.manifest, new Set(["model.small.slow"]))];
      const finished: string[] = [];

      const interrupted = writeFile(pipe, "1\n").then(() => controller.abort());
      const { exitCode, output } = await runDbt({ signal: controller.signal }, project, args, (entry) => {
        if (entry.finished !== null) finished.push(entry.finished.status);
      });
      // Nobody has read it if dbt has failed before: what waits for that goes on.
      const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      await interrupted;
      await reader.close();

      expect(exitCode, output).toBe(2);
      expect(output).toContain("Exited because of keyboard interrupt");
      expect(finished).not.toContain("success");
    },
    SLOW,
  );
});

test("a program that is not there is named", async () => {
  const small = dbtAssets(dbtProject(copyProject(), { executable: "no-such-dbt" }), { name: "small" });

  const result = await materialize([small], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.message).toMatch(/"no-such-dbt" could not be started/);
});
