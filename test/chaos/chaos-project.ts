/**
 * The project whose runs are harmed. All that user code does it notes with its time in the file `PROOF`, one JSON line at a time
 * (`Deed` of `proof.ts`), so that what was truly executed can be held against what the control plane says.
 */
export const CHAOS_FILES = {
  "src/definitions.ts": `
    import { appendFileSync } from "node:fs";
    import { setTimeout as sleep } from "node:timers/promises";
    import { asset, definitions, job, op, processExecutor, runRequest, schedule, sensor, staticPartitions } from "millrace";

    const TICK_MS = 50;

    function note(context, what, apart) {
      const deed = {
        at: Number(process.hrtime.bigint() / 1_000n), what, run: context.runId, step: context.stepKey, try: context.attempt,
        pid: process.pid, worker: apart ? process.ppid : process.pid,
      };
      appendFileSync(process.env.PROOF, JSON.stringify(deed) + "\\n");
    }

    /** Works so long, and says so in the run's log and to its output. */
    async function work(context, milliseconds, apart = false) {
      note(context, "begin", apart);
      for (let ticks = 1; ticks * TICK_MS <= milliseconds; ticks++) {
        await sleep(TICK_MS, undefined, { signal: context.signal });
        if (ticks % 4 === 0) {
          context.log.info("tick " + ticks);
          console.log(context.stepKey + " tick " + ticks);
          note(context, "said " + ticks, apart);
        } else note(context, "tick", apart);
      }
      note(context, "end", apart);
    }

    function require(value, expected) {
      if (value !== expected) throw new Error("A step was handed " + value + " instead of " + expected);
    }

    const quick = op("quick", (context) => work(context, 100));

    const one = op("one", async (context) => { await work(context, 800); return 1; });
    const two = op("two", async (context, value) => { require(value, 1); await work(context, 800); return value + 1; });
    const three = op("three", async (context, value) => { require(value, 2); await work(context, 800); return value + 1; });
    const four = op("four", async (context, value) => { require(value, 3); await work(context, 800); });

    const part = op("part", async (context) => { await work(context, 600, true); return 10; });
    const sum = op("sum", async (context, a, b, c) => { require(a + b + c, 30); await work(context, 200, true); });

    const flaky = op("flaky", { retryPolicy: { maxRetries: 2, delaySeconds: 0.1 } }, async (context) => {
      await work(context, 150);
      if (context.attempt === 1) throw new Error("as always at first");
    });
    const broken = op("broken", async (context) => { await work(context, 100); throw new Error("as always"); });
    const patient = op("patient", (context) => work(context, 15_000));
    const served = op("served", (context) => work(context, 1_500));

    const raw = asset("raw", {}, async (context) => { await work(context, 600); return 7; });
    const clean = asset("clean", { deps: [raw] }, async (context, value) => { require(value, 7); await work(context, 600); return value + 1; });

    const partitions = staticPartitions(["a", "b", "c"]);
    const daily = asset("daily", { partitions }, async (context) => { await work(context, 150); return 3; });
    const report = asset("report", { partitions, deps: [daily] }, async (context, value) => { require(value, 3); await work(context, 150); });

    const ticked = job("ticked_job", () => { quick(); });
    const everyMinute = { cron: "* * * * *", job: ticked, runningByDefault: true };
    const counting = sensor("counting", { job: ticked, minimumIntervalSeconds: 5, runningByDefault: true }, (context) => {
      const number = Number(context.cursor ?? 0);
      context.setCursor(String(number + 1));
      return runRequest({ runKey: String(number) });
    });

    export const defs = definitions({
      assets: [raw, clean, daily, report],
      schedules: [schedule("plain", everyMinute), schedule("coded", everyMinute, ({ scheduledAt }) => runRequest({ runKey: String(scheduledAt) }))],
      sensors: [counting],
      jobs: [
        ticked,
        job("quick_job", () => { quick(); }),
        job("chain", { tags: { "millrace/max_resume_attempts": "9" } }, () => { four(three(two(one()))); }),
        job("apart", { executor: processExecutor({ maxConcurrent: 2 }) }, () => {
          sum(part.with({ name: "part_a" })(), part.with({ name: "part_b" })(), part.with({ name: "part_c" })());
        }),
        job("flaky_job", () => { flaky(); }),
        job("broken_job", () => { broken(); }),
        job("patient_job", () => { patient(); }),
        job("serve", () => { served(); }),
      ],
    });
  `,
};

/** What ticks there: schedules each minute, and a sensor that asks for a run with each number once. */
export const CHAOS_SCHEDULES = ["plain", "coded"] as const;
export const CHAOS_SENSOR = "counting";

/** How many steps of a run of `apart` may be executed at once. */
export const APART_LIMIT = 2;

/** Limits that are set for the deployment of the runs. */
export const CHAOS_LIMITS = {
  max_concurrent_runs: 4,
  tag_concurrency_limits: [
    { key: "customer", per_unique_value: true, limit: 1 },
    { key: "lane", value: "slow", limit: 2 },
  ],
} as const;
