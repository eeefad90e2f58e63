import { expect, test } from "vitest";
import { asset } from "../../assets/asset.ts";
import { ioManager } from "../../io/io-manager.ts";
import { resource } from "../../resources/resource.ts";
import { materialize } from "../../testing/execute.ts";

const quiet = { throwOnFailure: false } as const;

test("a time limit and a cancel are heard where values are loaded and stored, and where resources are set up", async () => {
  const never = (): Promise<never> => new Promise<never>(() => {});
  const silent = ioManager("silent", {
    handleOutput: never,
    loadInput: never,
  });
  const stores = asset("stores", { ioManager: silent, timeoutSeconds: 0.01 }, () => 1);
  const loads = asset("loads", { deps: [stores], timeoutSeconds: 0.01 }, (_context, value) => value);
  const waits = resource("waits", { setup: never });
  const needs = asset("needs", { resources: { waits } }, () => 1);
  const ioManagers = { silent };

  const storing = await materialize([stores], { ...quiet, ioManagers });
  const loading = await materialize([loads], { ...quiet, ioManagers });

  for (const result of [storing, loading]) {
    expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({ code: "step_timed_out" });
    expect(result.events.at(-1)?.type).toBe("RUN_FAILURE");
  }
  const canceled = await materialize([needs], { ...quiet, signal: AbortSignal.timeout(20) });
  expect(canceled.outcome).toBe("CANCELED");
});

test("what an IO manager does after its step has timed out is not heard", async () => {
  const late = Promise.withResolvers<void>();
  const slow = ioManager("slow", { handleOutput: () => late.promise, loadInput: () => 1 });
  const stores = asset("stores", { ioManager: slow, timeoutSeconds: 0.01 }, () => 1);
  const after = asset("after", { after: [stores] }, () => 2);

  const result = await materialize([stores, after], { ...quiet, ioManagers: { slow } });
  late.resolve();
  await late.promise;

  expect(result.eventsOf("ASSET_MATERIALIZATION")).toEqual([]);
  expect(result.eventsOf("STEP_SUCCESS")).toEqual([]);
});
