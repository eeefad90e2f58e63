import {
  AppendEventsDocument,
  AttemptHeartbeatDocument,
  ClaimPoolSlotDocument,
  FreePoolSlotDocument,
  PutLogChunkDocument,
  StartAttemptDocument,
  type Directive,
} from "@millrace/protocol/agent-api.gen";
import { agentRequest, NoAnswer, Refused } from "./network.ts";
import type { ApiRequest } from "./replica.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Task } from "./tasks.ts";
import type { Worker, WorkerExit, WorkerSpec } from "./worker-handle.ts";
import { SIMULATED_POOL } from "./simulated-pool.ts";
import { writeScript } from "./worker-script.ts";

const EXITED = { how: "EXITED", detail: null } as const;
/** Events with which an attempt of a step is over. */
const STEP_ENDS = new Set(["STEP_SUCCESS", "STEP_FAILURE", "STEP_WAITING"]);
const HEARTBEAT_MS = 5_000;
/** As the real worker has it: another has taken over. */
const SUPERSEDED_EXIT_CODE = 3;

/**
 * @param workerId told with all that it says; no two are the same.
 * @param isStarted whether its attempt has begun for it, so that it does not ask.
 */
export function startWorker(
  world: Surroundings,
  agentId: string,
  workerId: string,
  spec: WorkerSpec,
  isStarted: boolean,
): Worker {
  const { tasks, network, timeline } = world;
  const { runId, attempt, runToken, startedFor: insteadOf = null } = spec;
  const journal: object[] = [];
  const heard: { sentAt: number; answeredAt: number }[] = [];
  let output = "";
  let isExecuting = false;
  let hasPoolSlot = false;
  const killed = new AbortController();
  let interrupted = false;
  let end: WorkerExit | null = null;

  /** Asks, and notes that it was heard. @throws NoAnswer, Refused */
  async function ask(task: Task, request: ApiRequest): Promise<unknown> {
    const sentAt = timeline.now();
    const answer = await network.send(task, workerId, request);
    heard.push({ sentAt, answeredAt: timeline.now() });
    return answer;
  }

  /** Notes an event. The worker's clock may be wrong by hours. */
  function say(event: object, clock: Task["clock"], waitMs: number | null = null): void {
    const timestamp = clock.now();
    journal.push({ ...event, ...(waitMs === null ? {} : { until: timestamp + waitMs }), timestamp });
  }

  /** Waits for a slot of the pool before its step starts. False: interrupted, or superseded. */
  async function claimSlot(task: Task, stepKey: string): Promise<boolean> {
    const claim = { runId, attempt, stepKey, pool: SIMULATED_POOL.name };
    for (let waitMs = 0; ; waitMs = task.random.integer(0, 1_500)) {
      if (interrupted) return false;
      try {
        const request = agentRequest(runToken, ClaimPoolSlotDocument, { ...claim, waitMs });
        const answer = (await network.send(task, workerId, request)) as { claimPoolSlot: boolean };
        if (answer.claimPoolSlot) return (hasPoolSlot = true);
      } catch (error) {
        if (error instanceof Refused) return false;
        if (!(error instanceof NoAnswer)) throw error;
        await task.sleep(task.random.integer(50, 500));
      }
    }
  }

  /** Gives the slot back; that it is not heard of the control plane knows by the end of the attempt. */
  async function freeSlot(task: Task, stepKey: string): Promise<void> {
    hasPoolSlot = false;
    const request = agentRequest(runToken, FreePoolSlotDocument, { runId, attempt, stepKey });
    await network.send(task, workerId, request).catch((error: unknown) => {
      if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    });
  }

  /** Executes the user's code: what happens goes to the journal, whether or not anybody hears of it. */
  async function execute(task: Task): Promise<void> {
    for (const { event, afterMs, waitMs } of writeScript(task.random, spec)) {
      await task.sleep(afterMs);
      const { type, stepKey } = event as { readonly type: string; readonly stepKey?: string };
      const isPooled = stepKey === SIMULATED_POOL.stepKey;
      const goesOn = type !== "STEP_START" || !isPooled || (await claimSlot(task, stepKey));
      if (interrupted || !goesOn) {
        hasPoolSlot = false;
        say({ type: "RUN_CANCELED", message: "interrupted" }, task.clock);
        return;
      }
      say(event, task.clock, waitMs);
      output += `${type} of ${workerId}\n`;
      if (hasPoolSlot && isPooled && STEP_ENDS.has(type)) await freeSlot(task, stepKey);
    }
  }

  /** Delivers the journal until its end is there, and says in between that the worker lives. */
  async function deliver(task: Task, executed: Promise<void>): Promise<Directive> {
    let isExecuted = false;
    void executed.then(
      () => (isExecuted = true),
      () => {}, // Killed, as this is.
    );
    let sent = 0;
    let printed = 0;
    let spokeAt = timeline.now();
    for (;;) {
      const isLast = isExecuted;
      const isNew = sent < journal.length;
      if (isNew || timeline.now() - spokeAt >= HEARTBEAT_MS) {
        const from = isNew ? chooseStart(task, sent) : sent;
        const to = Math.min(journal.length, sent + task.random.integer(1, 5));
        const directive = await speak(task, from, to);
        if (directive === null) continue;
        if (from <= sent) sent = Math.max(sent, to);
        spokeAt = timeline.now();
        if (directive === "SUPERSEDED") return directive;
        if (directive === "CANCEL") interrupted = true;
      } else if (printed < output.length) printed = await deliverOutput(task, printed);
      else if (isLast) return "CONTINUE";
      else await task.sleep(task.random.integer(20, 1_500));
    }
  }

  /** Sends what stands in the journal from `from` to `to`, or a heartbeat. Null: there was no answer, or nothing was stored. */
  async function speak(task: Task, from: number, to: number): Promise<Directive | null> {
    const who = { runId, attempt, workerId };
    const events = journal.slice(from, to);
    try {
      if (events.length === 0) {
        const beat = agentRequest(runToken, AttemptHeartbeatDocument, who);
        return ((await ask(task, beat)) as { attemptHeartbeat: Directive }).attemptHeartbeat;
      }
      const batch = agentRequest(runToken, AppendEventsDocument, { ...who, firstSequence: from, events });
      const answer = (await ask(task, batch)) as { appendEvents: { directive: Directive } };
      return answer.appendEvents.directive;
    } catch (error) {
      if (error instanceof NoAnswer) return null;
      if (error instanceof Refused && error.code === "events_out_of_order") return null;
      throw error;
    }
  }

  /** Sends some of what was printed, now and then with some of what was sent before. Answers how much of it is known to be stored. */
  async function deliverOutput(task: Task, printed: number): Promise<number> {
    const offset = task.random.chance(0.8) ? printed : task.random.integer(0, printed);
    const bytes = Buffer.from(output.slice(offset, printed + task.random.integer(1, 600))).toString("base64");
    const chunk = { runId, attempt, workerId, stream: "stdout", offset, bytes };
    try {
      const answer = (await ask(task, agentRequest(runToken, PutLogChunkDocument, chunk))) as {
        putLogChunk: { nextOffset: number };
      };
      return Math.max(printed, answer.putLogChunk.nextOffset);
    } catch (error) {
      if (error instanceof NoAnswer) return printed;
      throw error;
    }
  }

  /** Where to begin: behind what was answered; now and then sooner, which repeats, or later, which leaves a gap and is refused. */
  function chooseStart({ random }: Task, sent: number): number {
    if (random.chance(0.9)) return sent;
    return random.chance(0.7) ? random.integer(0, sent) : sent + 1;
  }

  /** Asks whether it may begin. */
  async function begin(task: Task): Promise<Directive> {
    const request = agentRequest(runToken, StartAttemptDocument, {
      input: { runId, attempt, workerId, place: `1@${workerId}`, agentId, codeDigest: null, insteadOf },
    });
    const sentAt = timeline.now();
    const answer = (await network.sendUntilAnswered(task, workerId, request)) as { startAttempt: Directive };
    heard.push({ sentAt, answeredAt: timeline.now() });
    return answer.startAttempt;
  }

  async function live(task: Task): Promise<WorkerExit> {
    await task.sleep(task.random.integer(5, 300));
    const directive = isStarted ? "CONTINUE" : await begin(task);
    if (directive === "SUPERSEDED") return { ...EXITED, exitCode: SUPERSEDED_EXIT_CODE };
    world.onBegun(worker);
    if (directive === "CANCEL") interrupted = true;
    const options = { signal: killed.signal, clockOffset: () => offsetMs };
    const code = tasks.spawn(`${task.name} code`, execute, options);
    isExecuting = true;
    // It may be killed.
    code.done.catch(() => {}).finally(() => (isExecuting = false));
    const last = await deliver(task, code.done);
    if (last === "SUPERSEDED") killed.abort();
    return { ...EXITED, exitCode: last === "SUPERSEDED" ? SUPERSEDED_EXIT_CODE : 0 };
  }

  const offsetMs = world.random.chance(0.3) ? world.random.integer(-7_200_000, 7_200_000) : 0;
  const { done } = tasks.spawn(`worker ${workerId}`, live, {
    signal: killed.signal,
    clockOffset: () => offsetMs,
  });
  const ended = done.then(
    (how) => (end = how),
    (error: unknown) => {
      if (!killed.signal.aborted) world.onBug(`worker ${workerId}: ${String(error)}`);
      return (end = { how: "SIGNALED", exitCode: null, detail: "SIGKILL" });
    },
  );
  const worker: Worker = {
    ...spec,
    workerId,
    journal,
    heard,
    ended,
    get output() {
      return output;
    },
    get isExecuting() {
      return isExecuting;
    },
    get hasPoolSlot() {
      return hasPoolSlot && end === null;
    },
    get end() {
      return end;
    },
    interrupt() {
      interrupted = true;
    },
    kill: () => killed.abort(),
  };
  return worker;
}
