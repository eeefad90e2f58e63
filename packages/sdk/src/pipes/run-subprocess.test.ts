import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { daily } from "../partitions/partitions.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { runSubprocess, type SubprocessOptions } from "./run-subprocess.ts";

/** What a bash script needs to speak Pipes: where messages go, and how to send one. `python3` is not there. */
const speak = `
set -eu
decode() { printf '%s' "$1" | ${JSON.stringify(process.execPath)} -e '
  const bytes = Buffer.from(require("node:fs").readFileSync(0, "utf8"), "base64");
  process.stdout.write(require("node:zlib").inflateSync(bytes));'; }
messages=$(decode "$DAGSTER_PIPES_MESSAGES" | sed 's/.*"path":"\\([^"]*\\)".*/\\1/')
send() { printf '{"__dagster_pipes_version":"0.1","method":"%s","params":%s}\\n' "$1" "$2" >> "$messages"; }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pipes-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function bash(script: string): Pick<SubprocessOptions, "command"> {
  return { command: ["bash", "-c", `${speak}\n${script}`] };
}

test("a bash script reports what it made, logs, and checks it", async () => {
  const orders = asset("orders", { checks: [checkSpec("any_rows")] }, async (context) => {
    const run = await runSubprocess(
      context,
      bash(`
        send opened '{"extras":{}}'
        send log '{"message":"counting","level":"WARNING"}'
        send report_asset_materialization '{"asset_key":"orders","data_version":"v7","metadata":{"rows":{"raw_value":42,"type":"int"}}}'
        send report_asset_check '{"asset_key":"orders","check_name":"any_rows","passed":false,"severity":"WARN","metadata":{"rows":42}}'
        send report_custom_message '{"payload":{"best":"SEA"}}'
        send closed '{}'`),
    );
    return run.materializeResult({ value: run.customMessages, metadata: { table: "orders" } });
  });

  const result = await materialize([orders]);

  expect(result.value(orders)).toEqual([{ best: "SEA" }]);
  expect(result.eventsOf("LOG")).toMatchObject([
    { stepKey: "orders", level: "WARNING", message: "counting" },
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    {
      assetKey: "orders",
      dataVersion: "v7",
      metadata: { rows: { type: "int", value: 42 }, table: { type: "text", text: "orders" } },
    },
  ]);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    {
      checkName: "any_rows",
      passed: false,
      severity: "WARN",
      metadata: { rows: { type: "int", value: 42 } },
    },
  ]);
});

test.each(["env", "file"] as const)("the context reaches the script through the %s", async (transport) => {
  const orders = asset(
    ["shop", "orders"],
    { partitions: daily({ start: "2026-01-01", end: "2026-02-01" }), codeVersion: "3" },
    async (context) => {
      const run = await runSubprocess(context, {
        ...bash(`
          params=$(decode "$DAGSTER_PIPES_CONTEXT")
          path=$(printf '%s' "$params" | sed -n 's/^{"path":"\\([^"]*\\)"}$/\\1/p')
          send opened '{}'
          send report_custom_message "{\\"payload\\":$(if [ -n "$path" ]; then cat "$path"; else printf '%s' "$params"; fi)}"
          send report_custom_message "{\\"payload\\":\\"$GREETING $(pwd -P)\\"}"
          send closed '{}'`),
        context: transport,
        env: { GREETING: "hello" },
        cwd: folder,
        extras: { days: 7 },
      });
      return run.materializeResult({ value: run.customMessages });
    },
  );

  const result = await materialize([orders], { partitionKey: "2026-01-02" });

  const document = {
    asset_keys: ["shop/orders"],
    code_version_by_asset_key: { "shop/orders": "3" },
    provenance_by_asset_key: { "shop/orders": null },
    partition_key: "2026-01-02",
    partition_key_range: { start: "2026-01-02", end: "2026-01-02" },
    partition_time_window: {
      start: "2026-01-02T00:00:00.000+00:00",
      end: "2026-01-03T00:00:00.000+00:00",
    },
    run_id: expect.any(String) as string,
    job_name: expect.any(String) as string,
    retry_number: 0,
    extras: { days: 7 },
  };
  expect(result.value(orders, "2026-01-02")).toEqual([
    transport === "env" ? { data: document } : document,
    `hello ${folder}`,
  ]);
});

test("what the script prints, itself or through Pipes, goes to the worker's output", async () => {
  const [stdout, stderr] = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  onTestFinished(() => void vi.restoreAllMocks());
  const loud = op("loud", async (context) => {
    await runSubprocess(
      context,
      bash(`
        send opened '{}'
        echo "printed out"
        echo "printed err" >&2
        send log_external_stream '{"stream":"stdout","text":"sent out","extras":{}}'
        send log_external_stream '{"stream":"stderr","text":"sent err","extras":{}}'
        send closed '{}'`),
    );
  });

  await executeJob(job("loud_job", () => void loud()));

  expect(stdout.mock.calls.flat()).toEqual(expect.arrayContaining(["printed out\n", "sent out"]));
  expect(stderr.mock.calls.flat()).toEqual(expect.arrayContaining(["printed err\n", "sent err"]));
});

test("a process that the script leaves in the background does not hold the step up", async () => {
  const parent = op("parent", async (context) => {
    const run = await runSubprocess(context, { command: ["bash", "-c", "sleep 60 & echo $!"] });
    return Number(run.stdout);
  });

  const result = await executeJob(job("parent_job", () => void parent()));

  expect(process.kill(Number(result.output("parent")), "SIGKILL")).toBe(true);
});

test("a multi-asset returns what its script reported of each asset, also of those it said nothing about", async () => {
  const shop = multiAsset(
    "shop",
    { assets: { orders: assetSpec<void>(), users: assetSpec<void>({ key: "people/users" }) } },
    async (context) => {
      const run = await runSubprocess(
        context,
        bash(`
          send opened '{}'
          send report_asset_materialization '{"asset_key":"people/users","data_version":null,"metadata":null}'
          send closed '{}'`),
      );
      return run.materializeResults({ metadata: { by: "bash" } });
    },
  );

  const result = await materialize([shop]);

  expect(
    result.eventsOf("ASSET_MATERIALIZATION").map((event) => [event.assetKey, event.metadata["by"]]),
  ).toEqual([
    ["orders", { type: "text", text: "bash" }],
    ["people/users", { type: "text", text: "bash" }],
  ]);
});

test("an op reads what its script said, which may report assets that something else makes", async () => {
  const count = op("count", async (context) => {
    const run = await runSubprocess(
      context,
      bash(`
        echo "for people"
        echo "for the worried" >&2
        send opened '{}'
        send report_asset_materialization '{"asset_key":"elsewhere","data_version":"1","metadata":{}}'
        send report_asset_check '{"asset_key":"elsewhere","check_name":"rows","passed":false,"severity":"WARN","metadata":{}}'
        send closed '{}'`),
    );
    return [run.stdout, run.stderr, [...run.materializations.keys()]];
  });

  const result = await executeJob(job("counting", () => void count()));

  expect(result.output("count")).toEqual(["for people\n", "for the worried\n", ["elsewhere"]]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    { assetKey: "elsewhere", dataVersion: "1", isReported: true },
  ]);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "elsewhere", checkName: "rows", passed: false, severity: "WARN", isReported: true },
  ]);
});

test("lines that are no messages, and messages of unknown methods, are kept with a warning", async () => {
  const odd = op("odd", async (context) => {
    const run = await runSubprocess(
      context,
      bash(`
        send opened '{}'
        echo 'not json' >> "$messages"
        echo '{"method":"log"}' >> "$messages"
        send report_weather '{"sun":true}'
        send report_asset_check '{"asset_key":"a"}'
        send closed '{}'
        printf '{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"late","level":"info"}}' >> "$messages"`),
    );
    return run.unreadableMessages.length;
  });

  const result = await executeJob(job("odd_job", () => void odd()));

  expect(result.output("odd")).toBe(4);
  expect(result.eventsOf("LOG").map((event) => event.message)).toEqual([
    "A message of the script was kept unread, it is no JSON object: not json",
    'A message of the script was kept unread, it has no "__dagster_pipes_version": {"method":"log"}',
    expect.stringContaining('its method "report_weather" is unknown') as string,
    expect.stringContaining(
      'parameters of its method "report_asset_check" are not as they should be',
    ) as string,
    'The script sent "log" after it had closed Pipes',
    "late",
  ]);
});

test.each([
  ["true", /ended without opening Pipes.*DAGSTER_PIPES_CONTEXT/],
  ["send opened '{}'", /opened Pipes and ended without closing it/],
])("a script that does no more than `%s` is warned about", async (script, warning) => {
  const quiet = asset("quiet", async (context) =>
    (await runSubprocess(context, bash(script))).materializeResult(),
  );

  const result = await materialize([quiet]);

  expect(result.eventsOf("LOG")).toMatchObject([{ level: "WARNING" }]);
  expect(result.eventsOf("LOG")[0]?.message).toMatch(warning);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toHaveLength(1);
});

test("an exit code fails the step, with the end of stderr", async () => {
  const broken = asset("broken", async (context) =>
    (
      await runSubprocess(context, { command: ["bash", "-c", "echo disk full >&2; exit 3"] })
    ).materializeResult(),
  );

  const result = await materialize([broken], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "pipes_process_failed",
    message:
      "The process `bash -c echo disk full >&2; exit 3` ended with exit code 3\nThe end of its stderr:\ndisk full",
  });
});

test("an exit code fails the step even after everything was reported, and the next attempt tells its number", async () => {
  const flaky = asset("flaky", { retryPolicy: { maxRetries: 1 } }, async (context) => {
    const run = await runSubprocess(context, {
      ...bash(`
        send opened '{}'
        retry=$(decode "$DAGSTER_PIPES_CONTEXT" | sed 's/.*"retry_number":\\([0-9]*\\).*/\\1/')
        send closed '{}'
        echo "retry $retry"
        [ "$retry" = 1 ]`),
      context: "env",
    });
    return materializeResult({ value: run.stdout });
  });

  const result = await materialize([flaky]);

  expect(result.value(flaky)).toBe("retry 1\n");
  expect(result.eventsOf("STEP_UP_FOR_RETRY")).toHaveLength(1);
});

test("a program or a folder that is not there is named", async () => {
  const missing = asset("missing", async (context) =>
    (await runSubprocess(context, { command: ["no-such-python", "x.py"] })).materializeResult(),
  );

  const result = await materialize([missing], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "pipes_process_not_started",
    message: expect.stringContaining(
      '"no-such-python" could not be started: there is no such program',
    ) as string,
  });
});

test("a context that is too long for the environment names the way through a file", async () => {
  const extras = { noise: randomBytes(1_000_000).toString("base64") };
  const wordy = asset("wordy", async (context) =>
    (await runSubprocess(context, { command: ["true"], extras, context: "env" })).materializeResult(),
  );

  const result = await materialize([wordy], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "pipes_process_not_started",
    message: expect.stringContaining('`context: "file"`') as string,
  });
});

test("extras that are not JSON are refused before anything starts", async () => {
  const big = asset("big", async (context) =>
    (await runSubprocess(context, { command: ["true"], extras: { count: 1n } })).materializeResult(),
  );

  const result = await materialize([big], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error.code).toBe("invalid_pipes_extras");
});

test("the result of one asset does not fit a step of several", async () => {
  const two = multiAsset(
    "two",
    { assets: { a: assetSpec<void>(), b: assetSpec<void>() } },
    async (context) => ({
      a: (await runSubprocess(context, { command: ["true"] })).materializeResult(),
    }),
  );

  const result = await materialize([two], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "pipes_result_mismatch",
    message: 'Step "two" makes 2 assets: return materializeResults()',
  });
});

test("an interrupted script gets SIGINT and may say goodbye; what it logs arrives while it runs", async () => {
  const controller = new AbortController();
  const long = asset("long", async (context) => {
    const log = {
      ...context.log,
      info: (message: string) => {
        context.log.info(message);
        if (message === "working") controller.abort();
      },
    };
    const run = await runSubprocess(
      { ...context, log },
      bash(`
      trap 'send log "{\\"message\\":\\"goodbye\\",\\"level\\":\\"INFO\\"}"; exit 0' INT
      send opened '{}'
      send log '{"message":"working","level":"INFO"}'
      while true; do sleep 0.05; done`),
    );
    return run.materializeResult();
  });

  const result = await materialize([long], { signal: controller.signal, throwOnFailure: false });

  expect(result.outcome).toBe("CANCELED");
  expect(result.eventsOf("LOG").map((event) => event.message)).toEqual(["working", "goodbye"]);
});

test("a script that does not listen to SIGINT is killed after its time", async () => {
  const controller = new AbortController();
  let pid = 0;
  const deaf = asset("deaf", async (context) => {
    const log = {
      ...context.log,
      info: (message: string) => {
        pid = Number(message);
        controller.abort();
      },
    };
    const run = await runSubprocess(
      { ...context, log },
      {
        ...bash(`trap '' INT
          send log "{\\"message\\":\\"$$\\",\\"level\\":\\"INFO\\"}"
          while true; do sleep 0.05; done`),
        terminateAfterSeconds: 0.2,
      },
    );
    return run.materializeResult();
  });

  const result = await materialize([deaf], { signal: controller.signal, throwOnFailure: false });

  expect(result.outcome).toBe("CANCELED");
  expect(pid).toBeGreaterThan(0);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});
