import { expect, test } from "vitest";
import { start } from "./drive-steps.ts";
import { createCase, createRandom, type Outcome } from "./random-case.ts";
import { planFromFailure } from "./re-execution.ts";
import {
  foldStepEvents,
  listKnownOutputs,
  listStepResults,
  toStepsSnapshot,
  type StepHistoryEvent,
} from "./step-history.ts";
import {
  hasFailed,
  isDone,
  onFailed,
  onOutput,
  onSucceeded,
  onWaiting,
  takeChanges,
  takeReady,
  type ReadyStep,
} from "./step-machine.ts";
import type { StepMachine } from "./step-machine-state.ts";
import { collectOutputs, snapshotSteps, type StepsSnapshot } from "./step-snapshot.ts";

const RETRY_SECONDS = 2;
const WAIT_MS = 3_000;

/** A machine and the events that a worker would have sent while it drove it. */
interface Driven {
  readonly machine: StepMachine;
  readonly events: StepHistoryEvent[];
}

/** Ends one running step as its case wants it, and says so in events. */
function finish(
  { machine, events }: Driven,
  { stepKey, attempt, goesOn }: Pick<ReadyStep, "stepKey" | "attempt" | "goesOn">,
  outcome: Outcome,
  now: number,
) {
  const node = machine.nodes.get(stepKey);
  const isDynamic = node?.step.outputs[0]?.dynamic === true;
  const mappingKeys = isDynamic ? ["x", "y"] : [null];
  // An attempt that fails has emitted something before.
  for (const mappingKey of outcome === "nothing emitted" ? [] : mappingKeys) {
    onOutput(machine, stepKey, "result", mappingKey);
    events.push({ type: "STEP_OUTPUT", stepKey, outputName: "result", mappingKey });
  }
  if (outcome === "failure") {
    onFailed(machine, stepKey, null);
    events.push({ type: "STEP_FAILURE", stepKey });
  } else if (outcome === "wait" && !goesOn) {
    const until = now + WAIT_MS;
    const waits = { "sleep 1": { since: now, until } };
    onWaiting(machine, stepKey, until);
    events.push({ type: "STEP_WAITING", stepKey, until, waits });
  } else if (outcome === "retry" && attempt === 1) {
    onFailed(machine, stepKey, now + RETRY_SECONDS * 1000);
    events.push({ type: "STEP_UP_FOR_RETRY", stepKey, timestamp: now, delaySeconds: RETRY_SECONDS });
  } else {
    onSucceeded(machine, stepKey);
    events.push({ type: "STEP_SUCCESS", stepKey });
  }
}

/** Drives a random case for at most `steps` ends of steps, several running at once. */
function drive(seed: number, steps: number): Driven {
  const { steps: definitions, outcomeOf } = createCase(seed);
  const random = createRandom(seed);
  const driven: Driven = { machine: start(definitions, { maxConcurrent: 3 }), events: [] };
  const { machine, events } = driven;
  const running: ReadyStep[] = [];
  for (let now = 0; ; now += 1000) {
    for (const { stepKey, state } of takeChanges(machine))
      if (state === "skipped") events.push({ type: "STEP_SKIPPED", stepKey });
    for (const ready of takeReady(machine, now)) {
      const { stepKey, attempt, goesOn } = ready;
      running.push(ready);
      const again = goesOn ? "STEP_RESUMED" : "STEP_RESTARTED";
      events.push({ type: attempt === 1 && !goesOn ? "STEP_START" : again, stepKey, attempt });
    }
    if (now >= steps * 1000 || isDone(machine)) return driven;
    const [next] = running.splice(Math.floor(random() * running.length), 1);
    if (next) finish(driven, next, outcomeOf(next.stepKey), now);
  }
}

/** In one order, without what the machine does not know. */
function byStep({ finished, started }: StepsSnapshot): StepsSnapshot {
  const known = started.map(({ stepKey, attempts, retryAt, waitsUntil }) => ({
    stepKey,
    attempts,
    retryAt,
    ...(waitsUntil === undefined ? {} : { waitsUntil }),
  }));
  return { finished, started: known.toSorted((a, b) => (a.stepKey < b.stepKey ? -1 : 1)) };
}

test("the events of a run say all that its state machine knew, wherever it stopped", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { machine, events } = drive(seed, seed % 25);

    const history = foldStepEvents(events);

    expect([seed, byStep(toStepsSnapshot(history))]).toEqual([seed, byStep(snapshotSteps(machine))]);
    expect([seed, listKnownOutputs(machine.graph, history)]).toEqual([seed, collectOutputs(machine)]);
  }
});

test("a machine that goes on from folded events runs no finished step again", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { events } = drive(seed, seed % 25);
    const history = foldStepEvents(events);
    const { steps, outcomeOf } = createCase(seed);

    const resumed: Driven = { machine: start(steps, { resume: toStepsSnapshot(history) }), events: [] };
    const ran = new Map<string, number>();
    for (let now = 1_000_000; !isDone(resumed.machine); now += 1_000_000) {
      for (const ready of takeReady(resumed.machine, now)) {
        ran.set(ready.stepKey, ran.get(ready.stepKey) ?? ready.attempt);
        finish(resumed, ready, outcomeOf(ready.stepKey), now);
      }
    }

    for (const key of history.finished) expect([seed, key, ran.has(key)]).toEqual([seed, key, false]);
    const running = [...history.steps].filter(([, { state }]) => state === "started");
    for (const [key, { attempts }] of running)
      expect([seed, key, ran.get(key)]).toEqual([seed, key, attempts + 1]);
    const waiting = [...history.steps].filter(([, { state }]) => state === "waiting");
    for (const [key, { attempts }] of waiting)
      expect([seed, key, ran.get(key)]).toEqual([seed, key, attempts]);
  }
});

test("a run that failed or stopped anywhere can be re-executed from its events, and then every step is over", () => {
  let planned = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const { machine, events } = drive(seed, seed % 25);
    const history = foldStepEvents(events);
    const outputs = listKnownOutputs(machine.graph, history);
    const results = listStepResults(history);
    if (isDone(machine) && !hasFailed(machine)) continue;

    const plan = planFromFailure(machine.graph, { status: "FAILURE", selection: null, results, outputs });
    const again = start([...machine.graph.steps.values()], {
      selection: [...plan.steps, ...plan.unstartedCopies],
      knownOutputs: outputs,
    });
    for (let now = 0; !isDone(again); now++)
      for (const ready of takeReady(again, now))
        finish({ machine: again, events: [] }, ready, "success", now);

    expect([seed, hasFailed(again)]).toEqual([seed, false]);
    const unfinished = [...results].filter(([, result]) => result === "failure" || result === "started");
    for (const [key] of unfinished) expect([seed, key, again.nodes.has(key)]).toEqual([seed, key, true]);
    planned++;
  }
  expect(planned).toBeGreaterThan(100);
});

test("only what the last attempt of a step emitted counts", () => {
  const history = foldStepEvents([
    { type: "STEP_START", stepKey: "fan", attempt: 1 },
    { type: "STEP_OUTPUT", stepKey: "fan", outputName: "result", mappingKey: "old" },
    { type: "STEP_UP_FOR_RETRY", stepKey: "fan", timestamp: 500, delaySeconds: 1.5 },
    { type: "STEP_RESTARTED", stepKey: "fan", attempt: 2 },
    { type: "STEP_OUTPUT", stepKey: "fan", outputName: "result", mappingKey: "new" },
    { type: "STEP_SUCCESS", stepKey: "fan" },
  ]);

  expect(toStepsSnapshot(history).finished).toEqual([
    { stepKey: "fan", state: "success", attempts: 2, outputs: { result: ["new"] } },
  ]);
});

test("what the code of a step kept last is known to its next attempt, and not once the step is over", () => {
  const kept: StepHistoryEvent[] = [
    { type: "STEP_START", stepKey: "export", attempt: 1 },
    { type: "STEP_STATE", stepKey: "export", partition: null, name: "job", value: { id: "j1" } },
    { type: "STEP_STATE", stepKey: "export", partition: null, name: "page", value: 3 },
    { type: "STEP_STATE", stepKey: "export", partition: "a", name: "job", value: { id: "a1" } },
    { type: "STEP_UP_FOR_RETRY", stepKey: "export", timestamp: 500, delaySeconds: 1.5 },
    { type: "STEP_RESTARTED", stepKey: "export", attempt: 2 },
    { type: "STEP_STATE", stepKey: "export", partition: null, name: "job", value: { id: "j2" } },
    { type: "STEP_STATE", stepKey: "export", partition: null, name: "page" },
  ];

  expect(toStepsSnapshot(foldStepEvents(kept)).started).toEqual([
    {
      stepKey: "export",
      attempts: 2,
      retryAt: null,
      memory: {
        state: [
          { partition: "a", name: "job", value: { id: "a1" } },
          { partition: null, name: "job", value: { id: "j2" } },
        ],
        waits: {},
      },
    },
  ]);
  expect(toStepsSnapshot(foldStepEvents([...kept, { type: "STEP_SUCCESS", stepKey: "export" }]))).toEqual({
    finished: [{ stepKey: "export", state: "success", attempts: 2, outputs: {} }],
    started: [],
  });
});

test("an attempt that waits goes on where the run does, with its waits, until it fails", () => {
  const waits = { "sleep 1": { since: 100, until: 60_100 } };
  const waiting: StepHistoryEvent[] = [
    { type: "STEP_START", stepKey: "export", attempt: 1 },
    { type: "STEP_OUTPUT", stepKey: "export", outputName: "result", mappingKey: null },
    { type: "STEP_WAITING", stepKey: "export", until: 60_100, waits },
  ];
  const startedAfter = (...more: StepHistoryEvent[]) =>
    toStepsSnapshot(foldStepEvents([...waiting, ...more])).started;
  const resumed: StepHistoryEvent = { type: "STEP_RESUMED", stepKey: "export", attempt: 1 };

  expect(startedAfter()).toEqual([
    { stepKey: "export", attempts: 1, retryAt: null, waitsUntil: 60_100, memory: { state: [], waits } },
  ]);
  expect(startedAfter(resumed)).toEqual([
    { stepKey: "export", attempts: 1, retryAt: null, memory: { state: [], waits } },
  ]);
  expect(
    startedAfter(resumed, { type: "STEP_UP_FOR_RETRY", stepKey: "export", timestamp: 500, delaySeconds: 1 }),
  ).toEqual([{ stepKey: "export", attempts: 1, retryAt: 1_500 }]);
});
