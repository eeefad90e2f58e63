import { systemClock } from "@millrace/model/time/clock";
import { LAST_WORDS, type RunEvent } from "@millrace/model/run-event";
import { AgentApiRefused, AgentApiUnreachable, type AgentApiClient } from "../agent-api-client.ts";
import { AppendEventsDocument, type Directive } from "../agent-api.gen.ts";
import { openEventReader, type JournalEntry } from "./event-reader.ts";
import { untilAnswered } from "./until-answered.ts";

const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_BYTES = 1024 * 1024;
/** From one batch to the next: a step every few milliseconds must not cost a request each. */
const PACE_MS = 100;
/** How long the first event waits for those that come right after it: a run that is over by then costs one request. */
const GATHER_MS = 5;

/** One attempt of a run, as its deliveries speak of it. */
export interface Attempt {
  readonly runId: string;
  readonly attempt: number;
}

/** An attempt as one worker of it speaks. */
export interface AttemptOfWorker extends Attempt {
  /** The id that the worker made for itself; null: it never came so far. What another worker says is not kept. */
  readonly workerId: string | null;
}

/** What a delivery loop asks of and tells the courier that runs it. */
export interface DeliveryLoop {
  readonly signal: AbortSignal;
  /** Whether the writer has ended: the loop returns once it has delivered what is there. */
  isComplete(): boolean;
  /** Resolves when there may be more to deliver. */
  wait(): Promise<void>;
  /** Every answer of the control plane. */
  onAnswer(directive: Directive): void;
  /** What is known to be stored: the next event's sequence or the next byte's offset. */
  onDelivered(next: number): void;
}

/**
 * Delivers a journal's events in order, each exactly once: the first almost at once, then in batches whatever gathered in the tenth
 * of a second since the last request, or while it was under way. Where the control plane expects another sequence, that is
 * where it goes on.
 *
 * @param hurry aborted when nothing is to wait any more, as the run ends.
 * @param beforeFinal is awaited before the event that ends the run leaves, so that its output can arrive first.
 * @throws AttemptSuperseded when nothing of this attempt is kept any more.
 */
export async function deliverEvents(
  client: AgentApiClient,
  { runId, attempt, workerId }: AttemptOfWorker,
  workerDirectory: string,
  firstSequence: number,
  loop: DeliveryLoop,
  hurry: AbortSignal,
  beforeFinal: () => Promise<void>,
): Promise<void> {
  const reader = openEventReader(workerDirectory);

  let superseded = false;

  /** Sends a batch; answers the sequence the control plane wants next. */
  async function append(entries: readonly JournalEntry[]): Promise<number> {
    const first = entries[0]?.sequence ?? 0;
    const events = entries.map((entry) => entry.event);
    return untilAnswered(async () => {
      try {
        const { appendEvents } = await client.send(
          AppendEventsDocument,
          { runId, attempt, workerId, firstSequence: first, events },
          { signal: loop.signal },
        );
        loop.onAnswer(appendEvents.directive);
        superseded = appendEvents.directive === "SUPERSEDED";
        return superseded ? appendEvents.nextSequence : progress(first, appendEvents.nextSequence);
      } catch (error) {
        return expectedPosition(error, "events_out_of_order", first);
      }
    }, loop.signal);
  }

  /** Like `append`, but an event that the control plane finds malformed is found out and replaced by a word about it. */
  async function appendReplacingRefused(entries: readonly JournalEntry[]): Promise<number> {
    try {
      return await append(entries);
    } catch (error) {
      const [entry] = entries;
      if (!(error instanceof AgentApiRefused) || error.code !== "bad_request" || !entry) throw error;
      if (entries.length === 1)
        return append([{ sequence: entry.sequence, event: refusedEvent(entry, error) }]);
      const middle = Math.ceil(entries.length / 2);
      const next = await appendReplacingRefused(entries.slice(0, middle));
      if (next !== entries[middle]?.sequence) return next;
      return appendReplacingRefused(entries.slice(middle));
    }
  }

  try {
    for (let next = firstSequence; ;) {
      const complete = loop.isComplete();
      const entries = reader.read(next, MAX_BATCH_EVENTS, MAX_BATCH_BYTES);
      if (entries.length > 0) {
        if (entries.some(isFinal)) await beforeFinal();
        const sentAt = performance.now();
        next = await appendReplacingRefused(entries);
        loop.onDelivered(next);
        if (superseded) return;
        const pause = Math.max(0, sentAt + PACE_MS - performance.now());
        if (!complete) await systemClock.sleep(pause, hurry);
      } else if (complete) {
        return;
      } else {
        await loop.wait();
        if (next === 0) await systemClock.sleep(GATHER_MS, hurry);
      }
      loop.signal.throwIfAborted();
    }
  } finally {
    reader.close();
  }
}

/**
 * The next position after something was stored that began at `sent`.
 *
 * @throws AgentApiUnreachable when nothing was: a control plane that stores nothing and says nothing is asked again later.
 */
export function progress(sent: number, next: number): number {
  if (next <= sent)
    throw new AgentApiUnreachable(`The control plane stored nothing from position ${sent} on`);
  return next;
}

/**
 * Reads the position out of an "out of order" refusal; throws any other error again.
 *
 * @throws AgentApiUnreachable when the control plane expects what it just refused: it contradicts itself, so try later.
 */
export function expectedPosition(error: unknown, code: string, sent: number): number {
  if (!(error instanceof AgentApiRefused) || error.code !== code) throw error;
  const expected = error.extensions["expected"];
  if (typeof expected !== "number" || expected === sent) {
    throw new AgentApiUnreachable(`The control plane refused position ${sent}: ${error.message}`, {
      cause: error,
    });
  }
  return expected;
}

function isFinal({ event }: JournalEntry): boolean {
  return LAST_WORDS.includes(textField(event, "type") ?? "");
}

function refusedEvent({ sequence, event }: JournalEntry, refusal: AgentApiRefused): RunEvent {
  const type = textField(event, "type") ?? "an event without a type";
  return {
    type: "ENGINE_EVENT",
    timestamp: Date.now(),
    message: `The control plane refused event ${sequence} (${type}): ${refusal.message}`,
    stepKey: textField(event, "stepKey"),
    error: {
      name: "EventRefused",
      message: refusal.message,
      stack: null,
      cause: null,
      code: "event_refused",
    },
    metadata: { event: { type: "text", text: JSON.stringify(event).slice(0, 2_000) } },
  };
}

function textField(event: unknown, name: string): string | null {
  if (typeof event !== "object" || event === null) return null;
  const value = (event as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : null;
}
