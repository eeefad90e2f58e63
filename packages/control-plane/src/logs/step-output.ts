import { sql } from "kysely";
import { listStepSpans, parseOutputMarks, type ByteSpan } from "@millrace/model/output-marks";
import type { Db } from "../database/connect.ts";
import type { LogPage, LogPageInput } from "./log-store.ts";
import { measureLog, readLogBytes, type LogContext, type LogOfAttempt } from "./read-log.ts";
import { readUtf8Page } from "./utf8-page.ts";

/** Bytes of a stream that one page looks at, however few of them are the step's. */
const MAX_EXTENT_BYTES = 8 * 1024 * 1024;

/** Which part of a step's output to read; offsets count the bytes of the whole stream. */
export interface StepLogPageInput extends LogPageInput {
  readonly stepKey: string;
}

/**
 * Reads what one step wrote to a stream, from a byte of the stream on, passing over what others wrote. The next page starts
 * at `nextByte`; there may be more as long as that is less than `size`.
 */
export async function findStepLogPage(context: LogContext, input: StepLogPageInput): Promise<LogPage> {
  const { stream, stepKey, fromByte, maxBytes } = input;
  // The size first: the marks of all bytes that are stored are stored before them.
  const { size, complete, isElsewhere } = await measureLog(context.db, input);
  if (isElsewhere) return { text: "", fromByte: size, nextByte: size, size };
  const marks = await readMarks(context.db, input);
  const spans = listStepSpans(parseOutputMarks(marks, stream), stepKey, size);
  const begun = spans.some((span) => span.start < fromByte && fromByte < span.end);
  const wanted = takeSpans(spans, fromByte, maxBytes);
  const [first] = wanted;
  const end = wanted.at(-1)?.end ?? 0;
  if (first === undefined) return { text: "", fromByte: size, nextByte: size, size };
  const { start: base, bytes: stored } = await readLogBytes(context, input, first.start, end);
  const cut = (offset: number): number => Math.max(0, offset - base);
  const bytes = Buffer.concat(wanted.map((span) => stored.subarray(cut(span.start), cut(span.end))));
  const isLast = end === (spans.at(-1)?.end ?? 0);
  const page = readUtf8Page(bytes, !begun, complete && isLast);
  const read = page.skipped + page.length;
  const nextByte = isLast && read === bytes.length ? size : offsetOf(wanted, read);
  return { text: page.text, fromByte: offsetOf(wanted, page.skipped), nextByte, size };
}

async function readMarks(db: Db, { deploymentId, runId, attempt }: LogOfAttempt): Promise<string> {
  const marks = await sql<{ bytes: Buffer }>`
    select bytes from log_chunk where deployment_id = ${deploymentId} and run_id = ${runId} and attempt = ${attempt} and stream = 'marks'
    order by byte_offset`.execute(db);
  return Buffer.concat(marks.rows.map((row) => row.bytes)).toString("utf8");
}

/** The first spans from a byte on, cut to what one page holds. */
function takeSpans(spans: readonly ByteSpan[], fromByte: number, maxBytes: number): ByteSpan[] {
  const taken: ByteSpan[] = [];
  let left = maxBytes;
  for (const span of spans) {
    const start = Math.max(span.start, fromByte);
    if (start >= span.end) continue;
    const limit = (taken[0]?.start ?? start) + MAX_EXTENT_BYTES;
    const end = Math.min(span.end, start + left, limit);
    if (end <= start) break;
    taken.push({ start, end });
    left -= end - start;
  }
  return taken;
}

/** Where in the stream byte `read` of the spans' bytes stands. */
function offsetOf(spans: readonly ByteSpan[], read: number): number {
  let before = read;
  for (const { start, end } of spans) {
    if (before < end - start) return start + before;
    before -= end - start;
  }
  return spans.at(-1)?.end ?? 0;
}
