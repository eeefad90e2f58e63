import { fileURLToPath } from "node:url";
import { DAGSTER_PIPES, findTestPython } from "millrace/internal/pipes/test-python";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventView, RunView, Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const flights = fileURLToPath(new URL("../../examples/flights", import.meta.url));

const found = await findTestPython(DAGSTER_PIPES);
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.load("flights", flights);
});
afterAll(() => stack.stop());

describe.skipIf("missing" in found)("with PyPI's dagster-pipes", () => {
  test("a Python script makes an asset of a run: what it logs, reports and checks is in the run's events", async () => {
    const run = await launchReport("python" in found ? found.python : "");

    expect(run.status).toBe("SUCCESS");
    const events = eventsOf(run, "delay_trend");
    expect(events.find((event) => event.type === "LOG")?.message).toMatch(/hours have enough flights/);
    expect(events.find((event) => event.type === "ASSET_MATERIALIZATION")?.event).toMatchObject({
      metadata: { minutes_per_hour: { type: "float" }, summary: { type: "md" } },
    });
    expect(events.find((event) => event.type === "ASSET_CHECK_EVALUATION")?.event).toMatchObject({
      checkName: "is_a_line",
      passed: true,
    });
  });
});

test("without its interpreter the Python asset alone fails, with what to do", async () => {
  const run = await launchReport("no-such-python");

  expect(run.status).toBe("FAILURE");
  expect(eventsOf(run, "delays_by_hour").at(-1)?.type).toBe("STEP_SUCCESS");
  expect(eventsOf(run, "delay_trend").at(-1)?.message).toMatch(
    /"no-such-python" could not be started: there is no such program/,
  );
});

async function launchReport(python: string): Promise<RunView> {
  const runConfig = { ops: { delay_trend: { config: { python } } } };
  return stack.awaitEnd(await stack.launch({ jobName: "python_report", runConfig }));
}

function eventsOf(run: RunView, stepKey: string): EventView[] {
  return run.events.nodes.filter((event) => event.stepKey === stepKey);
}
