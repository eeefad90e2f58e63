import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { measureLog, readLogBytes, type LogContext, type LogOfAttempt } from "./read-log.ts";

/** What one request looks through. */
const SCAN_BYTES = 16 * 1024 * 1024;
/** What is read at once; a line that is longer is looked through in parts. */
const WINDOW_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** Of a line that is found: what stands before the text, and how much in all. */
const SHOWN_BEFORE = 200;
const SHOWN = 1_000;
/** Colours and such: who looks for a text does not see them in it. */
// oxlint-disable-next-line no-control-regex -- The escape character is what this is about.
const ESCAPES = /\u001b(?:\[[0-9;:]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** What to look for, and where. */
export interface LogSearchInput extends LogOfAttempt {
  /** Upper and lower case are the same. */
  readonly text: string;
  /** Where a line begins. */
  readonly fromByte: number;
  readonly maxMatches: number;
}

/** A line that has the text. */
export interface LogMatch {
  /** Where the line begins. */
  readonly fromByte: number;
  /** From 1 on; null: it is not known how many are before it. */
  readonly lineNumber: number | null;
  /** The line, or a part of it around the text, without colours. */
  readonly text: string;
}

/** What was found; there may be more from `nextByte` on as long as that is less than `size`. */
export interface LogSearchPage {
  readonly matches: readonly LogMatch[];
  readonly nextByte: number;
  readonly size: number;
}

/** Looks for a text in a part of a stream, of a bounded size: who wants to know of the rest asks again, from `nextByte` on. */
export async function searchLog(context: LogContext, input: LogSearchInput): Promise<LogSearchPage> {
  const { text, fromByte, maxMatches } = input;
  const { size, isElsewhere } = await measureLog(context.db, input);
  if (isElsewhere) return { matches: [], nextByte: size, size };
  const wanted = text.toLowerCase();
  const matches: LogMatch[] = [];
  let lines = await countLinesBefore(context, input, fromByte);
  let next = Math.min(fromByte, size);
  const end = Math.min(size, fromByte + SCAN_BYTES);
  while (next < end && matches.length < maxMatches) {
    const { start, bytes } = await readLogBytes(context, input, next, Math.min(size, next + WINDOW_BYTES));
    const whole = start + bytes.length >= size ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1;
    const window = whole === 0 ? bytes : bytes.subarray(0, whole);
    let at = 0;
    // Most windows do not have it: that is seen without looking at each line.
    const isSomewhere = toPlain(window).toLowerCase().includes(wanted);
    while (at < window.length && matches.length < maxMatches) {
      const newline = window.indexOf(NEWLINE, at);
      const lineEnd = newline < 0 ? window.length : newline;
      const line = isSomewhere ? toPlain(window.subarray(at, lineEnd)) : "";
      const place = isSomewhere ? line.toLowerCase().indexOf(wanted) : -1;
      if (place >= 0)
        matches.push({
          fromByte: start + at,
          lineNumber: lines === null ? null : lines + 1,
          text: cutAround(line, place),
        });
      if (newline >= 0 && lines !== null) lines++;
      at = newline < 0 ? window.length : newline + 1;
    }
    next = start + at;
  }
  return { matches, nextByte: next, size };
}

function toPlain(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\u001b") ? text.replaceAll(ESCAPES, "") : text;
}

function cutAround(line: string, place: number): string {
  const from = line.length <= SHOWN ? 0 : Math.max(0, place - SHOWN_BEFORE);
  return line.slice(from, from + SHOWN);
}

/** How many lines end before a byte; null where that is not known: of old chunks, and where what is before was deleted. */
async function countLinesBefore(
  context: LogContext,
  log: LogOfAttempt,
  fromByte: number,
): Promise<number | null> {
  const { lines, begins, reach } = await sumLines(context.db, log, fromByte);
  if (lines === null || begins !== 0) return fromByte === 0 ? 0 : null;
  const { bytes } = await readLogBytes(context, log, reach, fromByte);
  return lines + bytes.filter((byte) => byte === NEWLINE).length;
}

interface LinesOfChunks {
  readonly lines: number | null;
  /** The first byte that is there. */
  readonly begins: number | null;
  /** Up to where the whole chunks before the byte reach. */
  readonly reach: number;
}

async function sumLines(
  db: Db,
  { deploymentId, runId, attempt, stream }: LogOfAttempt,
  fromByte: number,
): Promise<LinesOfChunks> {
  const { rows } = await sql<LinesOfChunks>`
    select min(byte_offset) as begins,
      case when bool_and(line_count is not null) then sum(line_count) filter (where byte_offset + byte_length <= ${fromByte})::float8 end as lines,
      coalesce(max(byte_offset + byte_length) filter (where byte_offset + byte_length <= ${fromByte}), 0)::float8 as reach
    from log_chunk
    where deployment_id = ${deploymentId} and run_id = ${runId} and attempt = ${attempt} and stream = ${stream} and byte_offset < ${Math.max(1, fromByte)}`.execute(
    db,
  );
  const row = rows[0];
  if (row === undefined || row.begins === null) return { lines: null, begins: null, reach: 0 };
  return { ...row, lines: row.lines ?? (row.reach === 0 ? 0 : null) };
}
