import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import { BadRequest } from "../../api/bad-request.ts";
import type { Db } from "../../database/connect.ts";
import {
  appendRunEvents,
  type AppendRunEventsInput,
  type AppendRunEventsResult,
  type FreshEvents,
} from "../fold/append-run-events.ts";
import { resumeAt } from "../fold/resume-at.ts";
import { requirePlanned } from "./require-planned.ts";

/** What may still come once an attempt has ended: the last of what was on its way. It changes no run and no asset. */
const TAIL: readonly string[] = ["LOG", "LOGS_CAPTURED", "ENGINE_EVENT"];

/** What only the control plane can know. */
const OURS: readonly string[] = [
  "RUN_ENQUEUED",
  "RUN_STARTING",
  "RUN_CANCELING",
  "RUN_WORKER_RETURNED",
  "RUN_RESUMED",
];

/**
 * Stores what came with the token of a run, as `appendRunEvents` does. The token is in the hands of user code: it can say what the
 * run's plan contains, and after the attempt's end only the tail of its log. Nothing can have happened after it was told, and until
 * when the run waits is said by our clock.
 *
 * @throws BadRequest naming the event; nothing of the batch is stored then.
 * @throws EventsOutOfOrder, RunNotFound
 */
export function appendWorkerEvents(db: Db, input: AppendRunEventsInput): Promise<AppendRunEventsResult> {
  return appendRunEvents(db, input, async (trx, fresh) => {
    requireSayable(fresh);
    await requirePlanned(trx, fresh);
    return fresh.events.map((event) => notLaterThan(fresh.run.now, untilByOurClock(fresh.run.now, event)));
  });
}

function requireSayable({ attempt, events, firstIndex }: FreshEvents): void {
  for (const [index, { type }] of events.entries()) {
    if (OURS.includes(type))
      throw new BadRequest(`events[${firstIndex + index}]: ${type} is the control plane's to say`);
    if (attempt.state === "ended" && !TAIL.includes(type))
      throw new BadRequest(`events[${firstIndex + index}]: ${type} comes too late, the attempt has ended`);
  }
}

function untilByOurClock(now: number, event: RunEvent | UnknownEvent): RunEvent | UnknownEvent {
  if (!isKnownEvent(event) || event.type !== "RUN_SUSPENDED") return event;
  return { ...event, until: resumeAt(now, event) };
}

/** A timestamp of the future would outlive what comes after it. */
function notLaterThan<Event extends RunEvent | UnknownEvent>(now: number, event: Event): Event {
  return event.timestamp > now ? { ...event, timestamp: now } : event;
}
