import { afterEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { asset } from "../../assets/asset.ts";
import { materializeResult, observeResult } from "../../assets/asset-result.ts";
import { observableAsset } from "../../assets/external-asset.ts";
import { assetSpec } from "../../assets/asset-spec.ts";
import { multiAsset } from "../../assets/multi-asset.ts";
import { checkSpec } from "../../assets/check-spec.ts";
import { env } from "../../config/environment.ts";
import { inProcessExecutor } from "../../executors/executor.ts";
import { job } from "../../jobs/job.ts";
import { op } from "../../graphs/op.ts";
import { optionalOutput, output } from "../../graphs/op-outputs.ts";
import { resource, withConfig } from "../../resources/resource.ts";
import { executeJob, materialize } from "../../testing/execute.ts";
import { Failure, RetryRequested } from "../../context/failure.ts";
import type { Clock } from "@millrace/model/time/clock";

afterEach(() => void vi.unstubAllEnvs());

/** A clock on which waiting takes no time. */
function fastClock(): Clock & { readonly slept: number[] } {
  let now = Date.UTC(2024, 0, 1);
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

const quiet = { throwOnFailure: false } as const;

test("a step with a retry policy is tried again, each time after a longer wait", async () => {
  const clock = fastClock();
  const retryPolicy = { maxRetries: 2, delaySeconds: 10, backoff: "linear" } as const;
  const flaky = asset("flaky", { retryPolicy }, async (context) => {
    if (context.attempt < 3) throw new Error(`attempt ${context.attempt}`);
    return context.attempt;
  });

  const result = await materialize([flaky], { clock });

  expect(result.value(flaky)).toBe(3);
  expect(clock.slept).toEqual([10_000, 20_000]);
  expect(result.events.map((event) => event.type).filter((type) => type.startsWith("STEP_"))).toEqual([
    "STEP_START",
    "STEP_UP_FOR_RETRY",
    "STEP_RESTARTED",
    "STEP_UP_FOR_RETRY",
    "STEP_RESTARTED",
    "STEP_OUTPUT",
    "STEP_SUCCESS",
  ]);
});

test("code can ask for a retry without a policy, or forbid one despite it", async () => {
  const clock = fastClock();
  const asks = asset("asks", async (context) => {
    if (context.attempt === 1) throw new RetryRequested("busy", { secondsToWait: 3 });
  });
  const forbids = asset("forbids", { retryPolicy: { maxRetries: 5 } }, async () => {
    throw new Failure("no such file", { allowRetries: false, metadata: { path: "/x" } });
  });

  const result = await materialize([asks, forbids], { clock, ...quiet });

  expect(result.eventsOf("STEP_SUCCESS").map((event) => event.stepKey)).toEqual(["asks"]);
  expect(result.eventsOf("STEP_FAILURE")).toMatchObject([
    {
      stepKey: "forbids",
      metadata: { path: { type: "text", text: "/x" } },
      error: { name: "Failure", message: "no such file" },
    },
  ]);
});

test("steps beside a failed one go on, those below it do not start", async () => {
  const broken = asset("broken", async (): Promise<number> => {
    throw new TypeError("boom", { cause: new Error("the reason") });
  });
  const below = asset("below", { deps: [broken] }, (_context, value) => value);
  const beside = asset("beside", async () => 1);

  const result = await materialize([broken, below, beside], quiet);

  expect(
    result
      .eventsOf("STEP_START")
      .map((event) => event.stepKey)
      .sort(),
  ).toEqual(["beside", "broken"]);
  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    name: "TypeError",
    message: "boom",
    stack: expect.stringContaining("execute-run.test.ts"),
    cause: { message: "the reason" },
  });
  expect(result.eventsOf("RUN_FAILURE")).toMatchObject([{ reason: "STEP_FAILURE" }]);
});

test("a step that takes too long fails, and its signal says so", async () => {
  const reasons: unknown[] = [];
  const slow = asset("slow", { timeoutSeconds: 0.01 }, async (context) => {
    context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
    await new Promise<never>(() => {});
  });

  const result = await materialize([slow], quiet);

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({ code: "step_timed_out" });
  expect(reasons).toMatchObject([{ code: "step_timed_out" }]);
});

test("an interrupted run ends as canceled after its resources were torn down", async () => {
  const controller = new AbortController();
  const torn: string[] = [];
  const first = resource("first", { setup: () => 1, teardown: () => void torn.push("first") });
  const second = resource("second", {
    resources: { first },
    setup: () => 2,
    teardown: () => void torn.push("second"),
  });
  const waits = asset("waits", { resources: { second } }, async ({ signal }) => {
    controller.abort();
    await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
      if (signal.aborted) reject(new Error("stopped"));
    });
  });
  const next = asset("next", { after: [waits] }, async () => 1);

  const result = await materialize([waits, next], { signal: controller.signal, ...quiet });

  expect(result.outcome).toBe("CANCELED");
  expect(result.events.at(-1)?.type).toBe("RUN_CANCELED");
  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "step_interrupted",
    cause: { message: "stopped" },
  });
  expect(result.eventsOf("STEP_START").map((event) => event.stepKey)).toEqual(["waits"]);
  expect(torn).toEqual(["second", "first"]);
});

test("a resource that can not be set up fails the run, and those before it are torn down", async () => {
  const torn: string[] = [];
  const good = resource("good", { setup: () => 1, teardown: () => void torn.push("good") });
  const bad = resource("bad", {
    resources: { good },
    setup: (): number => {
      throw new Error("no connection");
    },
  });
  const uses = asset("uses", { resources: { bad } }, async () => 1);

  const result = await materialize([uses], quiet);

  expect(result.events.map((event) => event.type)).toEqual([
    "RUN_START",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_FAILURE",
    "RUN_FAILURE",
  ]);
  expect(result.eventsOf("RUN_FAILURE")).toMatchObject([
    { reason: "JOB_INITIALIZATION_FAILURE", error: { cause: { message: "no connection" } } },
  ]);
  expect(torn).toEqual(["good"]);
});

test("values from the environment are bound late and do not show in events", async () => {
  vi.stubEnv("MILLRACE_TEST_PASSWORD", "hunter2-hunter2");
  const config = z.object({ password: z.string() });
  const db = withConfig(resource("db", { config, setup: (context) => context.config.password }), {
    password: env("MILLRACE_TEST_PASSWORD"),
  });
  const leaks = asset("leaks", { resources: { db } }, async (context) => {
    context.log.info(`password=${context.resources.db}`);
    return materializeResult({
      value: context.resources.db.length,
      metadata: { list: [context.resources.db] },
    });
  });
  const unset = withConfig(db, { password: env("MILLRACE_TEST_UNSET") });

  const result = await materialize([leaks]);
  const failed = await materialize([leaks], { resources: { db: unset }, ...quiet });

  expect(result.value(leaks)).toBe(15);
  expect(JSON.stringify(result.events)).not.toContain("hunter2");
  expect(result.eventsOf("LOG")[0]?.message).toBe("password=****");
  expect(failed.eventsOf("RUN_FAILURE")[0]?.message).toContain(
    "resources.db.config.password: environment variable MILLRACE_TEST_UNSET is not set",
  );
});

test("a secret that is also a name leaves names alone", async () => {
  vi.stubEnv("MILLRACE_TEST_TABLE", "orders");
  const config = z.object({ table: z.string() });
  const db = withConfig(resource("db", { config, setup: () => 1 }), { table: env("MILLRACE_TEST_TABLE") });
  const orders = asset("orders", { resources: { db } }, () =>
    materializeResult({ metadata: { table: "orders" } }),
  );

  const result = await materialize([orders]);

  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    { stepKey: "orders", assetKey: "orders", metadata: { table: { type: "text", text: "****" } } },
  ]);
});

test("a log message over 64 KB is cut in its event, between characters", async () => {
  const text = "ü".repeat(50_000);
  const talks = asset("talks", async ({ log }) => log.warning(text));

  const [event] = (await materialize([talks])).eventsOf("LOG");

  expect(event).toMatchObject({ level: "WARNING", stepKey: "talks", truncatedBytes: 100_000 - 65_536 });
  expect(event?.message).toBe("ü".repeat(32_768));
});

test("a multi-asset materializes what it returns, and skips what is below what it left out", async () => {
  const assets = {
    orders: assetSpec<number[]>(),
    refunds: assetSpec<number[]>({ key: "shop/refunds", required: false }),
  };
  const load = multiAsset("load", { assets }, async () => ({
    orders: materializeResult({ value: [1], metadata: { rows: 1 } }),
  }));
  const { orders, refunds } = load.assets;
  const sum = asset("sum", { deps: [orders] }, (_context, rows) => rows.length);
  const lost = asset("lost", { deps: [refunds] }, (_context, rows) => rows.length);

  const result = await materialize([load, sum, lost]);

  expect(result.value(sum)).toBe(1);
  expect(result.eventsOf("STEP_SKIPPED").map((event) => event.stepKey)).toEqual(["lost"]);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.assetKey)).toEqual(["orders", "sum"]);
});

test("a multi-asset that must make all fails when it leaves a required one out", async () => {
  const load = multiAsset(
    "load",
    { assets: { a: assetSpec<number>(), b: assetSpec<number>() } },
    // @ts-expect-error `b` is missing
    async () => ({ a: 1 }),
  );

  const result = await materialize([load], quiet);

  expect(result.eventsOf("STEP_FAILURE")[0]?.message).toContain('Step "load" did not return its outputs: b');
});

test("a subset of a multi-asset is asked for and made", async () => {
  const asked: string[][] = [];
  const assets = { a: assetSpec<number>(), b: assetSpec<number>() };
  const load = multiAsset("load", { assets, canSubset: true }, async (context) => {
    asked.push([...context.selectedAssets]);
    return { a: 1 };
  });

  const result = await materialize([load.assets.a]);

  expect(asked).toEqual([["a"]]);
  expect(result.value(load.assets.a)).toBe(1);
});

test("an asset reports its own checks, and one it does not declare is an error", async () => {
  const checks = [checkSpec("rows"), checkSpec("fresh", { severity: "WARN" })];
  const orders = asset("orders", { checks }, async () =>
    materializeResult({ value: [], checks: { rows: true, fresh: { passed: false, metadata: { age: 3 } } } }),
  );
  const wrong = asset("wrong", async () => materializeResult({ checks: { unheard: true } }));

  const result = await materialize([orders, wrong], quiet);

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "orders", checkName: "rows", passed: true, severity: "ERROR" },
    {
      assetKey: "orders",
      checkName: "fresh",
      passed: false,
      severity: "WARN",
      metadata: { age: { type: "int", value: 3 } },
    },
  ]);
  expect(result.eventsOf("STEP_FAILURE")).toMatchObject([
    { stepKey: "wrong", error: { code: "invalid_step_result" } },
  ]);
});

test("observing an external asset reports its version and stores nothing", async () => {
  const prices = observableAsset("prices", {}, async () =>
    observeResult({ dataVersion: "v7", metadata: { rows: 3 } }),
  );

  const result = await materialize([prices]);

  expect(result.eventsOf("ASSET_OBSERVATION")).toMatchObject([{ assetKey: "prices", dataVersion: "v7" }]);
  expect(result.eventsOf("HANDLED_OUTPUT")).toEqual([]);
});

test("an optional output that is left out skips what is below it", async () => {
  const outputs = { even: optionalOutput<number>(), all: output<number[]>() };
  const split = op("split", { outputs }, async () => ({ all: [1, 3] }));
  const show = op("show", async (_context, value: unknown) => String(value));
  const splits = job("splits", () => {
    const { even, all } = split();
    show(all);
    show(even);
  });

  const result = await executeJob(splits);

  expect(result.output("show")).toBe("1,3");
  expect(result.eventsOf("STEP_SKIPPED").map((event) => event.stepKey)).toEqual(["show_2"]);
});

test("what a step may not do is an error that says so", async () => {
  const named = op("named", { outputs: { sold: output<number>() } }, async () => ({ sold: 1, sodl: 2 }));
  const dynamic = op("dynamic", { dynamic: true }, async () => [["not valid", 1]] as const);
  const result = await executeJob(
    job("both", () => void [named(), dynamic()]),
    quiet,
  );

  expect(result.eventsOf("STEP_FAILURE").map((event) => event.message)).toEqual([
    'Step named failed: Step "named" returned "sodl", which is none of its outputs; did you mean "sold"?',
    expect.stringContaining('"not valid" is not a valid dynamic mapping key'),
  ]);
});

test("a run of what does not exist fails before anything starts", async () => {
  const result = await executeJob(job("j", { selection: ["a"] }), {
    assets: [asset("a", async () => 1)],
    ...quiet,
    config: { b: 1 },
  });

  expect(result.events.map((event) => event.type)).toEqual(["RUN_START", "RUN_FAILURE"]);
  expect(result.eventsOf("RUN_FAILURE")[0]?.error).toMatchObject({ code: "invalid_config" });
});

test("no more steps run at once than the job allows", async () => {
  let running = 0;
  let most = 0;
  const busy = op("busy", async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  });
  await executeJob(
    job(
      "five",
      { executor: inProcessExecutor({ maxConcurrent: 2 }) },
      () => void Array.from({ length: 5 }, () => busy()),
    ),
  );

  expect(most).toBe(2);
});
