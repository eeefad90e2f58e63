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
import { logObjectKey, writerOf } from "./storage/log-objects.ts";
import { measureLog, readLogBytes, type LogContext, type LogOfAttempt } from "./read-log.ts";
import { readUtf8Page } from "./utf8-page.ts";

const NEWLINE = 0x0a;

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

/** A place in a stream, `offset` bytes after its start. */
interface PlaceInLog {
  readonly runId: string;
  readonly attempt: number;
  /** Who wrote it; left out: not told. */
  readonly workerId?: string | null;
  readonly stream: WorkerStream;
  readonly offset: number;
}

/** Bytes that one attempt wrote to a stream. */
export interface LogChunk extends PlaceInLog {
  readonly bytes: Buffer;
}

/** Told of bytes that one attempt wrote to a stream, and which are in its user's environment. */
export interface NotedChunk extends PlaceInLog {
  readonly stream: LogStream;
  readonly length: number;
  readonly lineCount: number;
  /** Where the attempt's output is, such as `s3://BUCKET/PREFIX`. */
  readonly place: string;
  /** Where people see it. */
  readonly link: string | null;
}

/** What is stored of a chunk. */
interface IndexEntry extends PlaceInLog {
  readonly length: number;
  readonly lineCount: number;
  readonly bytes: Buffer | null;
  readonly writer: string | null;
}

/** What a worker is answered. */
interface Appended {
  readonly nextOffset: number;
  readonly directive: Directive;
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
 * cut differently. A sign of life of the worker. Of a superseded attempt nothing is kept.
 *
 * @throws LogOutOfOrder when the chunk would leave a gap.
 * @throws RunNotFound
 */
export async function putLogChunk({ db, logs }: LogContext, chunk: LogChunk): Promise<Appended> {
  const { runId, attempt, workerId = null, stream, offset, bytes } = chunk;
  const writer = stream === "marks" ? null : writerOf(workerId, logs);
  return append(db, chunk, bytes.length, async (from) => {
    const news = bytes.subarray(from - offset);
    const entry = { ...chunk, offset: from, length: news.length, lineCount: countLines(news), writer };
    if (writer === null) return { ...entry, bytes: news };
    // Bytes first, then the row that tells of them: whoever reads never waits for bytes.
    if (news.length > 0)
      await logs.put(
        logObjectKey({ runId, attempt, stream, offset: from, length: news.length, writer }),
        news,
      );
    return { ...entry, bytes: null };
  });
}

/** The same for a chunk that went elsewhere, of which only its length is stored. Without a length it asks how far the stream is known. */
export async function noteLogChunk(db: Db, chunk: NotedChunk): Promise<Appended> {
  const { runId, attempt, offset, length, lineCount, place, link } = chunk;
  const answer = await append(db, chunk, length, async (from) => ({
    ...chunk,
    offset: from,
    length: offset + length - from,
    // Of a part of a chunk it is not known; a worker never sends one.
    lineCount: from === offset ? lineCount : 0,
    bytes: null,
    writer: null,
  }));
  if (answer.directive !== "SUPERSEDED")
    await sql`update run_attempt set output_place = ${place}, output_link = ${link}
      where run_id = ${runId} and attempt = ${attempt}
        and (output_place, output_link) is distinct from (${place}::text, ${link}::text)`.execute(db);
  return answer;
}

/**
 * Without locks: who wants to store behind the same bytes as another one conflicts on the key, and looks again.
 *
 * @param prepare answers what is to be stored of a chunk from a byte of the stream on.
 */
async function append(
  db: Db,
  { runId, attempt, workerId = null, stream, offset }: PlaceInLog,
  length: number,
  prepare: (from: number) => Promise<IndexEntry>,
): Promise<Appended> {
  if (!isRunId(runId)) throw new RunNotFound(runId, attempt);
  for (let from = offset; ;) {
    const row = await tryAppend(db, await prepare(from));
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
    if (row.size >= offset + length) return { nextOffset: row.size, directive };
    from = row.size;
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

async function tryAppend(db: Db, entry: IndexEntry): Promise<AppendRow> {
  const { runId, attempt, workerId = null, stream, offset, length, lineCount, bytes, writer } = entry;
  const result = await sql<AppendRow>`
    with attempt as (
      select r.status, r.failure_reason, r.attempt as newest, a.state, a.deployment_id, ${isOthers(workerId)} as others,
        a.unreachable_since is not null as unreachable, a.stop_asked_at is not null as stop_asked
      from run r join run_attempt a on a.run_id = r.id and a.attempt = ${attempt} where r.id = ${runId}
    ), size as (
      select coalesce(max(byte_offset + byte_length), 0) as size from (
        select byte_offset, byte_length from log_chunk where run_id = ${runId} and attempt = ${attempt} and stream = ${stream}
        order by byte_offset desc limit 1
      ) last
    ), stored as (
      insert into log_chunk (run_id, attempt, stream, byte_offset, byte_length, line_count, bytes, writer, deployment_id)
      select ${runId}, ${attempt}, ${stream}, size, ${length}, ${lineCount}, ${bytes}::bytea, ${writer}, deployment_id
      from size, attempt
      where size = ${offset} and ${length > 0} and newest = ${attempt} and state <> 'lost' and not others
      on conflict do nothing
      returning byte_length as stored, ${notifyLogs}
    ), beat as (
      update run_attempt set lease_until = ${leaseFromNow}
      where run_id = ${runId} and attempt = ${attempt} and state = 'running' and not (${isOthers(workerId)})
    )
    select size.size, (select stored from stored) as stored, attempt.* from attempt, size`.execute(db);
  const row = result.rows[0];
  if (row === undefined) throw new RunNotFound(runId, attempt);
  return row;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** Which part of a stream to read. */
export interface LogPageInput extends LogOfAttempt {
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
export async function findLogPage(context: LogContext, input: LogPageInput): Promise<LogPage> {
  const { size, complete, isElsewhere } = await measureLog(context.db, input);
  if (isElsewhere) return { text: "", fromByte: size, nextByte: size, size };
  const from = Math.min(input.fromByte, size);
  const { start, bytes } = await readLogBytes(context, input, from, Math.min(size, from + input.maxBytes));
  const page = readUtf8Page(bytes, start === 0, complete && start + bytes.length >= size);
  const fromByte = start + page.skipped;
  return { text: page.text, fromByte, nextByte: fromByte + page.length, size };
}
