import { expect, test } from "vitest";
import { z } from "zod";
import { asset } from "../../assets/asset.ts";
import { stepState } from "../../context/step-state.ts";
import { daily } from "../../partitions/partitions.ts";
import { materialize } from "../../testing/execute.ts";
import { resource } from "../../resources/resource.ts";

const job = stepState("export_job", z.object({ id: z.string() }));

test("what a step keeps is found by its next attempt, so that what it submitted is submitted once", async () => {
  let submitted = 0;
  const exported = asset("exported", { retryPolicy: { maxRetries: 2 } }, async (context) => {
    const known = await context.state.get(job);
    if (known === undefined) await context.state.set(job, { id: `job ${++submitted}` });
    if (context.attempt < 3) throw new Error("not yet");
    return known?.id;
  });

  const result = await materialize([exported]);

  expect(submitted).toBe(1);
  expect(result.value(exported)).toBe("job 1");
  expect(result.eventsOf("STEP_STATE")).toEqual([
    expect.objectContaining({ stepKey: "exported", name: "export_job", value: { id: "job 1" } }),
  ]);
});

test("each step and each partition has values of its own, and what was cleared is not kept", async () => {
  const seen: unknown[] = [];
  const days = daily({ start: "2024-01-01" });
  const exported = asset("exported", { partitions: days }, async (context) => {
    seen.push(await context.state.get(job));
    await context.state.set(job, { id: context.partitionKey });
    seen.push((await context.state.get(job))?.id);
    await context.state.clear(job);
    seen.push(await context.state.get(job));
    await context.state.set(job, { id: context.partitionKey });
  });
  const other = asset("other", async (context) => {
    seen.push(await context.state.get(job));
  });

  await materialize([exported], { partitionRange: { start: "2024-01-01", end: "2024-01-02" } });
  await materialize([other]);

  expect(seen).toEqual([undefined, "2024-01-01", undefined, undefined, "2024-01-02", undefined, undefined]);
});

test("what was submitted after the step's time was over is found by the next attempt", async () => {
  const submission = Promise.withResolvers<void>();
  const found: unknown[] = [];
  const exported = asset(
    "exported",
    { timeoutSeconds: 0.05, retryPolicy: { maxRetries: 1, delaySeconds: 0.05 } },
    async (context) => {
      found.push(await context.state.get(job));
      if (context.attempt > 1) return;
      context.signal.addEventListener("abort", () => submission.resolve());
      await submission.promise;
      await context.state.set(job, { id: "late" });
    },
  );

  await materialize([exported]);

  expect(found).toEqual([undefined, { id: "late" }]);
});

const anything = stepState("anything", z.unknown());
const circle: Record<string, unknown> = {};
circle["self"] = circle;

test.each([
  [new Date(0), "is a date"],
  [{ at: [new Map()] }, "at[0] is a Map"],
  [12n, "BigInt"],
  [circle, "circular"],
  [undefined, "clear it"],
  ["a\0b", "U+0000"],
  ["x".repeat(65_536), "65538 bytes of JSON; 65536 are possible"],
])("a value that can't be kept is refused, and not tried again", async (value, message) => {
  const exported = asset("exported", { retryPolicy: { maxRetries: 3 } }, (context) =>
    context.state.set(anything, value),
  );

  const result = await materialize([exported], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
    code: "invalid_step_state",
    message: expect.stringContaining(message),
  });
  expect(result.eventsOf("STEP_UP_FOR_RETRY")).toEqual([]);
});

test("a value that is not as its schema says is refused when it is set and when it is read", async () => {
  const before = stepState("export_job", z.number());
  const wrong = asset("wrong", (context) => context.state.set(job, { id: 1 } as never));
  const changed = asset("changed", async (context) => {
    await context.state.set(before, 1);
    await context.state.get(job);
  });

  const result = await materialize([wrong, changed], { throwOnFailure: false });

  const messages = result.eventsOf("STEP_FAILURE").map(({ error }) => error.message);
  expect(messages).toEqual([
    expect.stringMatching(/^State "export_job" of step "wrong" is not as its schema says: id: /),
    expect.stringMatching(/^State "export_job" of step "changed" is not as its schema says: the value: /),
  ]);
});

test("a secret is refused, as what is kept is shown", async () => {
  const api = resource("api", {
    config: z.object({ token: z.string() }),
    setup: ({ config }) => config,
  });
  const exported = asset("exported", { resources: { api } }, (context) =>
    context.state.set(job, { id: `of ${context.resources.api.token}` }),
  );
  process.env["STATE_TEST_TOKEN"] = "s3cr3t-token";

  const result = await materialize([exported], {
    throwOnFailure: false,
    runConfig: { resources: { api: { config: { token: { env: "STATE_TEST_TOKEN" } } } } },
  });

  delete process.env["STATE_TEST_TOKEN"];
  expect(result.eventsOf("STEP_FAILURE")[0]?.error.message).toContain("holds a secret");
  expect(JSON.stringify(result.events)).not.toContain("s3cr3t-token");
});

test("a name that can't be stored is refused where it is written", () => {
  expect(() => stepState("", z.string())).toThrow("The name of a step's state is empty");
});
