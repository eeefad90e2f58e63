import type { WorkerStream } from "@millrace/model/worker-streams";
import { GraphQLError } from "graphql";
import type { Directive, StartAttemptInput } from "../agent-api.gen.ts";

/** What a fake agent API has of one attempt. */
export interface StoredAttempt {
  readonly events: Record<string, unknown>[];
  readonly logs: Record<WorkerStream, Buffer>;
  started: StartAttemptInput | null;
  /** What its last sign of life said. */
  blockedSeconds: number | null;
  heldBy: string | null;
}

/** The run's half of a fake agent API: what workers tell it, and what it answers them. */
export interface FakeRuns {
  /** What was stored of an attempt; empty before anything came. */
  attemptOf(runId: string, attempt: number): StoredAttempt;
  /** How many events each `appendEvents` carried. */
  readonly batches: number[];
  /** What every worker is told. */
  directive: Directive;
  /** Refuses an event as malformed when it says why. */
  refuseEvent: (event: Record<string, unknown>) => string | null;
  /** Refuses every piece of output as malformed. */
  refuseLogs: boolean;
  /** Refuses every request of a run with this code. */
  refuseAll: string | null;
  /** Keys of dynamic partitions by their name, oldest first. */
  readonly dynamicPartitions: Map<string, string[]>;
  /** Refuses new keys of dynamic partitions when it says why. */
  refusePartitions: string | null;
}

interface AttemptName {
  readonly runId: string;
  readonly attempt: number;
}
interface Beat extends AttemptName {
  readonly blockedSeconds?: number | null;
  readonly heldBy?: string | null;
}
interface Events extends AttemptName {
  readonly firstSequence: number;
  readonly events: readonly Record<string, unknown>[];
}
interface LogChunk extends AttemptName {
  readonly stream: WorkerStream;
  readonly offset: number;
  readonly bytes: string;
}
interface Keys extends AttemptName {
  readonly name: string;
  readonly keys: readonly string[];
}

/** @returns beside what tests see, the root fields of the schema. */
export function createFakeRuns(): FakeRuns & { readonly operations: object } {
  const attempts = new Map<string, StoredAttempt>();

  function attemptOf(runId: string, attempt: number): StoredAttempt {
    const name = `${runId}.${attempt}`;
    const stored = attempts.get(name) ?? {
      events: [],
      logs: { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), marks: Buffer.alloc(0) },
      started: null,
      blockedSeconds: null,
      heldBy: null,
    };
    attempts.set(name, stored);
    return stored;
  }

  const operations = {
    startAttempt({ input }: { readonly input: StartAttemptInput }) {
      checkRefusal();
      attemptOf(input.runId, input.attempt).started = input;
      return runs.directive;
    },
    attemptHeartbeat({ runId, attempt, blockedSeconds = null, heldBy = null }: Beat) {
      checkRefusal();
      Object.assign(attemptOf(runId, attempt), { blockedSeconds, heldBy });
      return runs.directive;
    },
    appendEvents({ runId, attempt, firstSequence, events }: Events) {
      checkRefusal();
      const stored = attemptOf(runId, attempt).events;
      runs.batches.push(events.length);
      if (firstSequence > stored.length) refuse("events_out_of_order", { expected: stored.length });
      const fresh = events.slice(stored.length - firstSequence);
      for (const event of fresh) {
        const problem = runs.refuseEvent(event);
        if (problem !== null) refuse("bad_request", {}, problem);
      }
      stored.push(...fresh);
      return { nextSequence: stored.length, directive: runs.directive };
    },
    putLogChunk({ runId, attempt, stream, offset, bytes }: LogChunk) {
      checkRefusal();
      if (runs.refuseLogs) refuse("bad_request", {}, "no more output is kept");
      const { logs } = attemptOf(runId, attempt);
      const have = logs[stream];
      if (offset > have.length) refuse("log_out_of_order", { expected: have.length });
      logs[stream] = Buffer.concat([have, Buffer.from(bytes, "base64").subarray(have.length - offset)]);
      return { nextOffset: logs[stream].length, directive: runs.directive };
    },
    /** Pages of two keys; the cursor is the place of the next one. */
    dynamicPartitions({ name, after }: { readonly name: string; readonly after?: string | null }) {
      const keys = keysOf(name);
      const next = Number(after ?? 0) + 2;
      return { keys: keys.slice(next - 2, next), cursor: next < keys.length ? String(next) : null };
    },
    addDynamicPartitions({ name, keys }: Keys) {
      if (runs.refusePartitions !== null) refuse("bad_request", {}, runs.refusePartitions);
      runs.dynamicPartitions.set(name, [...new Set([...keysOf(name), ...keys])]);
      return keys.length;
    },
    deleteDynamicPartitions({ name, keys }: Keys) {
      runs.dynamicPartitions.set(
        name,
        keysOf(name).filter((key) => !keys.includes(key)),
      );
      return keys.length;
    },
  };

  function keysOf(name: string): string[] {
    checkRefusal();
    return runs.dynamicPartitions.get(name) ?? [];
  }

  function checkRefusal(): void {
    if (runs.refuseAll !== null) refuse(runs.refuseAll);
  }

  const runs: FakeRuns & { readonly operations: object } = {
    operations,
    attemptOf,
    batches: [],
    directive: "CONTINUE",
    refuseEvent: () => null,
    refuseLogs: false,
    refuseAll: null,
    dynamicPartitions: new Map(),
    refusePartitions: null,
  };
  return runs;
}

function refuse(code: string, extensions: Record<string, unknown> = {}, message: string = code): never {
  throw new GraphQLError(message, { extensions: { ...extensions, code } });
}
