import type { LogStream, WorkerStream } from "@millrace/model/worker-streams";
import { sql } from "kysely";
import type { RunStatus } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Db } from "../database/connect.ts";
import { heartbeatAttempt } from "../runs/attempts/attempt-store.ts";
import type { AttemptState } from "../runs/attempt-state.ts";
import { directiveFor, type Directive } from "../runs/fold/directive.ts";
import { leaseFromNow } from "../runs/fold/lease.ts";
import { isOthers } from "../runs/fold/lock-run.ts";
import { RunNotFound } from "../runs/run-errors.ts";
import { isRunId } from "../runs/run-id.ts";
import { notifyLogs } from "../wake/notify-change.ts";
import { readUtf8Page } from "./utf8-page.ts";

/** Bytes of a stream leave a gap: the sender must go on with `expected`. */
export class LogOutOfOrder extends ExpectedError {
  readonly code = "log_out_of_order";
  readonly expected: number;
  readonly extensions: { readonly expected: number };
  constructor(stream: WorkerStream, offset: number, expected: number) {
    super(`The ${stream} goes on with byte ${expected}; the chunk starts with ${offset}`);
    this.expected = expected;
    this.extensions = { expected };
  }
}

/** Bytes that one attempt wrote to a stream, `offset` bytes after its start. */
export interface LogChunk {
  readonly runId: string;
  readonly attempt: number;
  /** Who wrote it; left out: not told. */
  readonly workerId?: string | null;
  readonly stream: WorkerStream;
  readonly offset: number;
  readonly bytes: Buffer;
}

interface AppendRow {
  readonly size: number;
  readonly stored: number | null;
  readonly status: RunStatus;
  readonly failure_reason: RunFailureReason | null;
  readonly newest: number;
  readonly state: AttemptState;
  readonly others: boolean;
  readonly unreachable: boolean;
  readonly stop_asked: boolean;
}

/**
 * Stores what comes behind the bytes that are there; what is stored already is passed over, so a chunk may be sent again, and
 * cut differently. A sign of life of the worker. Of a superseded attempt nothing is stored.
 *
 * @throws LogOutOfOrder when the chunk would leave a gap.
 * @throws RunNotFound
 */
export async function putLogChunk(
  db: Db,
  chunk: LogChunk,
): Promise<{ readonly nextOffset: number; readonly directive: Directive }> {
  const { runId, attempt, workerId = null, stream, offset, bytes } = chunk;
  if (!isRunId(runId)) throw new RunNotFound(runId, attempt);
  // Without locks: who wants to store behind the same bytes as another one conflicts on the key, and looks again.
  for (;;) {
    const row = await tryAppend(db, chunk);
    // A worker that was out of reach says first that it is back; one that was taken for lost may learn that it must not be.
    const directive =
      row.state === "lost" || row.unreachable
        ? await heartbeatAttempt(db, runId, attempt, workerId)
        : row.others
          ? "SUPERSEDED"
          : directiveOf(row, attempt);
    if (directive === "SUPERSEDED") return { nextOffset: row.size, directive };
    if (row.size < offset) throw new LogOutOfOrder(stream, offset, row.size);
    if (row.stored !== null) return { nextOffset: row.size + row.stored, directive };
    if (row.size >= offset + bytes.length) return { nextOffset: row.size, directive };
  }
}

function directiveOf(row: AppendRow, attempt: number): Directive {
  return directiveFor({
    status: row.status,
    failureReason: row.failure_reason,
    newestAttempt: row.newest,
    attempt,
    attemptState: row.state,
    stopAsked: row.stop_asked,
    reexecuted: false,
  });
}

async function tryAppend(db: Db, chunk: LogChunk): Promise<AppendRow> {
  const { runId, attempt, workerId = null, stream, offset, bytes } = chunk;
  const result = await sql<AppendRow>`
    with attempt as (
      select r.status, r.failure_reason, r.attempt as newest, a.state, a.deployment_id, ${isOthers(workerId)} as others,
        a.unreachable_since is not null as unreachable, a.stop_asked_at is not null as stop_asked
      from run r join run_attempt a on a.run_id = r.id and a.attempt = ${attempt} where r.id = ${runId}
    ), size as (
      select coalesce(max(byte_offset + octet_length(bytes)), 0) as size from (
        select byte_offset, bytes from log_chunk where run_id = ${runId} and attempt = ${attempt} and stream = ${stream}
        order by byte_offset desc limit 1
      ) last
    ), stored as (
      insert into log_chunk (run_id, attempt, stream, byte_offset, bytes, deployment_id)
      select ${runId}, ${attempt}, ${stream}, size, substring(chunk.bytes from (size - ${offset} + 1)::integer), deployment_id
      from size, attempt, (select ${bytes}::bytea as bytes) chunk
      where size between ${offset} and ${offset + bytes.length - 1} and newest = ${attempt} and state <> 'lost' and not others
      on conflict do nothing
      returning octet_length(bytes) as stored, ${notifyLogs}
    ), beat as (
      update run_attempt set lease_until = ${leaseFromNow}
      where run_id = ${runId} and attempt = ${attempt} and state = 'running' and not (${isOthers(workerId)})
    )
    select size.size, (select stored from stored) as stored, attempt.* from attempt, size`.execute(db);
  const row = result.rows[0];
  if (row === undefined) throw new RunNotFound(runId, attempt);
  return row;
}

/** Which part of a stream to read. */
export interface LogPageInput {
  readonly deploymentId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly stream: LogStream;
  readonly fromByte: number;
  /** At least 4, so that every page holds a character. */
  readonly maxBytes: number;
}

/** A part of a stream as text; the next one starts at `nextByte`. */
export interface LogPage {
  readonly text: string;
  readonly fromByte: number;
  readonly nextByte: number;
  /** Bytes stored so far. */
  readonly size: number;
}

/** Reads a part of a stream; characters that the borders of the part would cut are whole in one page or the other. */
export async function findLogPage(db: Db, input: LogPageInput): Promise<LogPage> {
  const { deploymentId, runId, attempt, stream, fromByte, maxBytes } = input;
  const until = fromByte + maxBytes;
  const result = await sql<{ byte_offset: number; bytes: Buffer; size: number; complete: boolean }>`
    with chunk as (
      select byte_offset, bytes from log_chunk where deployment_id = ${deploymentId} and run_id = ${runId} and attempt = ${attempt} and stream = ${stream}
    )
    select byte_offset, bytes, (select byte_offset + octet_length(bytes) from chunk order by byte_offset desc limit 1) as size,
      (select state in ('ended', 'lost') from run_attempt where run_id = ${runId} and attempt = ${attempt}) as complete
    from chunk
    where byte_offset < ${until}
      and byte_offset >= (select max(byte_offset) from chunk where byte_offset <= greatest(${fromByte}, 0))
    order by byte_offset`.execute(db);
  const first = result.rows[0];
  if (first === undefined) return { text: "", fromByte: 0, nextByte: 0, size: 0 };
  const from = Math.min(fromByte, first.size);
  const bytes = Buffer.concat(result.rows.map((row) => row.bytes)).subarray(
    from - first.byte_offset,
    until - first.byte_offset,
  );
  const page = readUtf8Page(bytes, from === 0, first.complete && from + bytes.length >= first.size);
  const start = from + page.skipped;
  return { text: page.text, fromByte: start, nextByte: start + page.length, size: first.size };
}
