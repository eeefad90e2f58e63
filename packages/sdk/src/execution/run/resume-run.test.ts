import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import type { RunEvent } from "@millrace/model/run-event";
import type { RunHistory } from "@millrace/model/runs/run-spec";
import { foldStepEvents, toStepsSnapshot, type StepHistoryEvent } from "@millrace/model/steps/step-history";
import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import type { IoManager } from "../../io/io-manager.ts";
import { memoryIoManager } from "../../io/memory-io-manager.ts";
import { job, type Job } from "../../jobs/job.ts";
import { op } from "../../graphs/op.ts";
import { executeRun, type RunOutcome } from "./execute-run.ts";
import { stepState } from "../../context/step-state.ts";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";

const storageDirectory = mkdtempSync(join(tmpdir(), "millrace-resume-"));
afterAll(() => rmSync(storageDirectory, { recursive: true }));

let calls: string[] = [];
const list = op("list", { dynamic: true }, () => {
  calls.push("list");
  return new Map([
    ["a", 1],
    ["b", 2],
  ]);
});
const double = op("double", (_context, amount: number) => {
  calls.push(`double ${amount}`);
  return amount * 2;
});
const sum = op("sum", (_context, amounts: readonly number[]) => {
  calls.push(`sum ${amounts.join(" + ")}`);
});
const sums = job("sums", () => {
  sum(
    list()
      .map((amount) => double(amount))
      .collect(),
  );
});

/** Runs the job as a worker does that is told this history. */
async function run(
  target: Job,
  runId: string,
  history: RunHistory | null,
  more: { readonly stepSelection?: readonly string[]; readonly ioManager?: IoManager } = {},
): Promise<{ outcome: RunOutcome; events: RunEvent[] }> {
  const { stepSelection = null, ioManager } = more;
  const events: RunEvent[] = [];
  calls = [];
  const outcome = await executeRun({
    definitions: resolveDefinitions(
      definitions({ jobs: [target], ...(ioManager ? { ioManagers: { default: ioManager } } : {}) }),
    ),
    instance: memoryRunInstance(),
    jobName: target.name,
    stepSelection,
    runId,
    tags: {},
    runConfig: {},
    storageDirectory,
    history,
    sink: (event) => events.push(event),
  });
  return { outcome, events };
}

/** What a control plane makes of the events up to the first that `until` accepts, as if the worker had died then. */
function historyUntil(events: readonly RunEvent[], until: (event: RunEvent) => boolean): RunHistory {
  const told = events.slice(0, events.findIndex(until) + 1);
  const resume = toStepsSnapshot(foldStepEvents(told.filter(isStepEvent)));
  return { knownOutputs: {}, outputRuns: {}, resume };
}

function isStepEvent(event: RunEvent): event is RunEvent & StepHistoryEvent {
  return event.type.startsWith("STEP_");
}

test("a further attempt runs what was running again, and what had ended not at all", async () => {
  const runId = randomUUID();
  const { events } = await run(sums, runId, null);
  const history = historyUntil(
    events,
    (event) => event.type === "STEP_START" && event.stepKey === "double[b]",
  );
  const finished = new Set(history.resume?.finished.map(({ stepKey }) => stepKey));

  const again = await run(sums, runId, history);

  expect(again.outcome).toBe("SUCCESS");
  expect(finished.has("list")).toBe(true);
  expect(calls).not.toContain("list");
  expect(calls.at(-1)).toBe("sum 2 + 4");
  const started = again.events.flatMap((event) =>
    event.type === "STEP_RESTARTED" || event.type === "STEP_START" ? [[event.stepKey, event.attempt]] : [],
  );
  expect(started).toContainEqual(["double[b]", 2]);
  expect(started.some(([stepKey]) => finished.has(String(stepKey)))).toBe(false);
});

test("a further attempt finds what the code of a step had kept", async () => {
  const kept = stepState("job", z.object({ id: z.number() }));
  let submitted = 0;
  const submit = op("submit", async (context) => {
    if ((await context.state.get(kept)) === undefined) await context.state.set(kept, { id: ++submitted });
    context.log.info(`job ${(await context.state.get(kept))?.id}`);
  });
  const target = job("submits", () => void submit());
  const runId = randomUUID();
  const { events } = await run(target, runId, null);

  const again = await run(
    target,
    runId,
    historyUntil(events, (event) => event.type === "STEP_STATE"),
  );

  expect(again.outcome).toBe("SUCCESS");
  expect(submitted).toBe(1);
  expect(again.events).toContainEqual(expect.objectContaining({ type: "LOG", message: "job 1" }));
});

test("a run of chosen steps reads what the others made from the run that made it", async () => {
  const first = randomUUID();
  await run(sums, first, null);
  const history: RunHistory = {
    knownOutputs: { list: { result: ["a", "b"] }, "double[a]": { result: null } },
    outputRuns: { list: first, "double[a]": first },
    resume: null,
  };

  const again = await run(sums, randomUUID(), history, { stepSelection: ["double[b]", "sum"] });

  expect(again.outcome).toBe("SUCCESS");
  expect(calls).toEqual(["double 2", "sum 2 + 4"]);
});

test("values that were kept in memory are missed with a word about why", async () => {
  const runId = randomUUID();
  const { events } = await run(sums, runId, null, { ioManager: memoryIoManager() });
  const history = historyUntil(events, (event) => event.type === "STEP_SUCCESS");

  const again = await run(sums, runId, history, { ioManager: memoryIoManager() });

  expect(again.outcome).toBe("FAILURE");
  const failure = again.events.find((event) => event.type === "STEP_FAILURE");
  expect(failure).toMatchObject({ error: { code: "earlier_value_lost" } });
  expect(failure?.message).toMatch(
    /step "list" made in an earlier attempt of this run.* keeps values in memory/,
  );
});

test("values that lie on another agent are missed with the word on which", async () => {
  const runId = randomUUID();
  const { events } = await run(sums, runId, null, { ioManager: memoryIoManager() });
  const history = historyUntil(events, (event) => event.type === "STEP_SUCCESS");
  const storedOn = { agentId: "a-1", agentName: "warehouse" };

  const again = await run(sums, runId, { ...history, storedOn }, { ioManager: memoryIoManager() });

  const failure = again.events.find((event) => event.type === "STEP_FAILURE");
  expect(failure?.message).toMatch(/step "list" made in an earlier attempt .* is stored on agent warehouse/);
});

test("a run whose steps are others now says so", async () => {
  const runId = randomUUID();
  const { events } = await run(sums, runId, null);
  const history = historyUntil(
    events,
    (event) => event.type === "STEP_SUCCESS" && event.stepKey === "double[a]",
  );

  const again = await run(
    job("sums", () => void list()),
    runId,
    history,
  );

  expect(again.outcome).toBe("FAILURE");
  expect(again.events.at(-1)).toMatchObject({
    type: "RUN_FAILURE",
    error: { code: "steps_changed" },
  });
});
