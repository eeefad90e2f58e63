import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { valueResource } from "../resources/resource.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { failureHook, successHook } from "./hook.ts";

test("a hook of an asset runs after the asset, with its resources", async () => {
  const sent: string[] = [];
  const mail = valueResource("mail", { send: (text: string) => void sent.push(text) });
  const announce = successHook("announce", { resources: { mail } }, (context) => {
    expectTypeOf(context.resources.mail.send).parameters.toEqualTypeOf<[string]>();
    context.resources.mail.send(`${context.assetKeys.join()} by attempt ${context.attempt}`);
  });
  const orders = asset("orders", { hooks: [announce] }, () => 1);
  const report = asset("report", { deps: [orders] }, () => sent.length);

  const result = await materialize([orders, report]);

  expect(sent).toEqual(["orders by attempt 1"]);
  expect(result.value(report)).toBe(1);
  expect(result.eventsOf("HOOK_COMPLETED")).toMatchObject([{ stepKey: "orders", hookName: "announce" }]);
});

test("a hook on failure runs once, after the last attempt, and sees what was thrown", async () => {
  const seen: unknown[] = [];
  const alarm = failureHook("alarm", (context) => void seen.push([context.attempt, context.error]));
  const boom = new Error("boom");
  const failing = op("failing", { retryPolicy: { maxRetries: 1 }, hooks: [alarm] }, () => {
    throw boom;
  });

  const run = job("run", () => void failing());
  const result = await executeJob(run, { throwOnFailure: false });

  expect(seen).toEqual([[2, boom]]);
  expect(result.outcome).toBe("FAILURE");
});

test("the hooks of a job run for each of its steps, before the steps' own", async () => {
  const called: string[] = [];
  const all = successHook("all", (context) => void called.push(`all ${context.stepKey}`));
  const own = successHook("own", (context) => void called.push(`own ${context.stepKey}`));
  const one = op("one", { hooks: [own, all] }, () => 1);
  const two = op("two", (_context, one: number) => one + 1);

  await executeJob(job("both", { hooks: [all] }, () => void two(one())));

  expect(called).toEqual(["all one", "own one", "all two"]);
});

test("a hook that throws changes nothing but the log", async () => {
  const broken = successHook("broken", () => {
    throw new Error("no network");
  });
  const result = await materialize([asset("orders", { hooks: [broken] }, () => 1)]);

  expect(result.succeeded).toBe(true);
  expect(result.eventsOf("HOOK_ERRORED")).toMatchObject([
    { stepKey: "orders", hookName: "broken", error: { message: "no network" } },
  ]);
});

test("a canceled run calls no hook on failure", async () => {
  const interrupt = new AbortController();
  const called: string[] = [];
  const alarm = failureHook("alarm", () => void called.push("alarm"));
  const patient = asset("patient", { hooks: [alarm] }, async (context) => {
    interrupt.abort();
    context.signal.throwIfAborted();
  });

  const result = await materialize([patient], { signal: interrupt.signal, throwOnFailure: false });

  expect(result.outcome).toBe("CANCELED");
  expect(called).toEqual([]);
});

test("hooks of one call run beside those of the op, with their resources, and for that call only", async () => {
  const sent: string[] = [];
  const mail = valueResource("mail", { send: (text: string) => void sent.push(text) });
  const everywhere = successHook("everywhere", (context) => void sent.push(`every ${context.stepKey}`));
  const announce = successHook("announce", { resources: { mail } }, (context) =>
    context.resources.mail.send(`only ${context.stepKey}`),
  );
  const work = op("work", { hooks: [everywhere] }, () => 1);

  await executeJob(
    job("twice", () => {
      work();
      work.with({ alias: "loud", hooks: [announce] })();
    }),
  );

  expect(sent.toSorted()).toEqual(["every loud", "every work", "only loud"]);
});
