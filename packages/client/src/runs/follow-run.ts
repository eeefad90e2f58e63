import { isFinished, type RunStatus } from "@millrace/model/run-status";
import type { RunEvent } from "@millrace/model/run-event";
import { RunEventsDocument, RunLogsDocument, RunStateDocument } from "../connection/documents.gen.ts";
import { followTopics, type FollowOptions } from "../connection/follow.ts";
import type { UserApi } from "../connection/user-api.ts";
import { UnknownDefinition } from "../errors/client-error.ts";
import { toRunState, type EndedRun } from "./run-state.ts";

const EVENTS_PAGE = 1_000;

/** An event of a run, with its place among those of the run. */
export type FollowedEvent = RunEvent & {
  /** Dense, from 0 on. */
  readonly position: number;
};

/** Which of a run's events, and how long. */
export interface EventOptions extends FollowOptions {
  /** Only those behind this position. Default: all from the beginning. */
  readonly after?: number;
}

/** Which of what a run's workers have written, and how long. */
export interface LogOptions extends FollowOptions {
  /** Only what this step has written. Default: everything. */
  readonly stepKey?: string;
  /** Only what this attempt of the run has written, from 1 on. Default: the newest attempt's, and with `follow` that of later ones. */
  readonly attempt?: number;
  /** Whether to go on until the run is finished, or to end with what there is. Default: true. */
  readonly follow?: boolean;
}

/** Waits until a run is finished. @throws UnknownDefinition, ClientError; the signal's reason. */
export async function awaitEnd(api: UserApi, id: string, options: FollowOptions): Promise<EndedRun> {
  for await (const patient of followTopics(api, [`run:${id}`], options)) {
    const { run } = await patient.send(RunStateDocument, { id });
    if (run === null) throw unknownRun(api, id);
    const state = toRunState(run);
    if (hasEnded(state)) return state;
  }
  throw new Error(`The changes of run ${id} ended before the run`);
}

/** Yields a run's events as they come, until it is finished. @throws UnknownDefinition, ClientError; the signal's reason. */
export async function* readEvents(
  api: UserApi,
  id: string,
  { after = -1, ...options }: EventOptions,
): AsyncGenerator<FollowedEvent> {
  let position = after;
  for await (const patient of followTopics(api, [`run:${id}`], options)) {
    let hasMore = true;
    let status: RunStatus = "QUEUED";
    while (hasMore) {
      const { run } = await patient.send(RunEventsDocument, { id, after: position, limit: EVENTS_PAGE });
      if (run === null) throw unknownRun(api, id);
      // Each stored event was parsed by the control plane; one of a kind that this version does not know is passed on.
      for (const node of run.events.nodes) yield { ...(node.event as RunEvent), position: node.position };
      position = Math.max(position, run.events.lastPosition);
      ({ status } = run);
      ({ hasMore } = run.events);
    }
    if (isFinished(status)) return;
  }
}

/** Yields what a run's workers have written to a stream, in pieces. @throws UnknownDefinition, ClientError; the signal's reason. */
export async function* readLogs(
  api: UserApi,
  id: string,
  stream: "STDOUT" | "STDERR",
  { stepKey, attempt: chosen, follow: goesOn = true, ...options }: LogOptions,
): AsyncGenerator<string> {
  let attempt = chosen ?? null;
  let byte = 0;
  for await (const patient of followTopics(api, [`logs:${id}`, `run:${id}`], options)) {
    for (;;) {
      const variables = { id, stream, stepKey: stepKey ?? null, attempt, fromByte: byte };
      const { run } = await patient.send(RunLogsDocument, variables);
      if (run === null) throw unknownRun(api, id);
      // A run that no worker was asked for yet has no attempt.
      attempt ??= run.attempt || null;
      if (run.logs.text !== "") yield run.logs.text;
      byte = run.logs.nextByte;
      if (byte < run.logs.size) continue;
      const isNewest = attempt === null || attempt >= run.attempt;
      if (goesOn && chosen === undefined && attempt !== null && !isNewest) {
        attempt += 1;
        byte = 0;
        continue;
      }
      if (!goesOn || !isNewest || isFinished(run.status)) return;
      break;
    }
  }
}

function hasEnded(state: { readonly status: RunStatus }): state is EndedRun {
  return isFinished(state.status);
}

/** What to say of a run that is not there, or not any more. */
export function unknownRun(api: UserApi, id: string): UnknownDefinition {
  return new UnknownDefinition(`There is no run ${id} at ${api.url}`);
}
