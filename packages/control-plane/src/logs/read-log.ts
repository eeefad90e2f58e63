import type { LogStream } from "@millrace/model/worker-streams";
import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import type { ServerContext } from "../context/server-context.ts";
import { logObjectKey } from "./storage/log-objects.ts";

/** Objects that are read at once. */
const MAX_READS = 8;

/** What output is stored and read with. */
export type LogContext = Pick<ServerContext, "db" | "logs">;

/** One stream of one attempt. */
export interface LogOfAttempt {
  readonly deploymentId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly stream: LogStream;
}

/** How many bytes there are, whether no more will come, and whether they are in a place of the user's own, which we can't read. */
export async function measureLog(
  db: Db,
  { deploymentId, runId, attempt, stream }: LogOfAttempt,
): Promise<{ readonly size: number; readonly complete: boolean; readonly isElsewhere: boolean }> {
  const { rows } = await sql<{ size: number; complete: boolean | null; isElsewhere: boolean }>`
    select byte_offset + byte_length as size, bytes is null and writer is null as "isElsewhere",
      (select state in ('ended', 'lost') from run_attempt where run_id = ${runId} and attempt = ${attempt}) as complete
    from log_chunk where deployment_id = ${deploymentId} and run_id = ${runId} and attempt = ${attempt} and stream = ${stream}
    order by byte_offset desc limit 1`.execute(db);
  return {
    size: rows[0]?.size ?? 0,
    complete: rows[0]?.complete ?? false,
    isElsewhere: rows[0]?.isElsewhere ?? false,
  };
}

interface ChunkRow {
  readonly byte_offset: number;
  readonly byte_length: number;
  readonly bytes: Buffer | null;
  readonly writer: string | null;
}

/** The stored bytes from `start` up to `end`; they begin later where what is older was deleted. */
export async function readLogBytes(
  { db, logs }: LogContext,
  log: LogOfAttempt,
  start: number,
  end: number,
): Promise<{ readonly start: number; readonly bytes: Buffer }> {
  if (start >= end) return { start, bytes: Buffer.alloc(0) };
  const { deploymentId, runId, attempt, stream } = log;
  const ofStream = sql`deployment_id = ${deploymentId} and run_id = ${runId} and attempt = ${attempt} and stream = ${stream}`;
  // Not by way of a common table: that would be made of all the stream's rows for every page.
  const { rows } = await sql<ChunkRow>`
    select byte_offset, byte_length, bytes, writer from log_chunk
    where ${ofStream} and byte_offset < ${end}
      and byte_offset >= coalesce((select max(byte_offset) from log_chunk where ${ofStream} and byte_offset <= ${start}), 0)
    order by byte_offset`.execute(db);
  const parts: Buffer[] = [];
  for (let at = 0; at < rows.length; at += MAX_READS)
    parts.push(...(await Promise.all(rows.slice(at, at + MAX_READS).map(readPart))));
  return { start: Math.max(start, rows[0]?.byte_offset ?? end), bytes: Buffer.concat(parts) };

  async function readPart({
    byte_offset: offset,
    byte_length: length,
    bytes,
    writer,
  }: ChunkRow): Promise<Buffer> {
    const [from, until] = [Math.max(0, start - offset), Math.min(length, end - offset)];
    if (bytes !== null || writer === null) return (bytes ?? Buffer.alloc(0)).subarray(from, until);
    return logs.get(logObjectKey({ runId, attempt, stream, offset, length, writer }), from, until);
  }
}
