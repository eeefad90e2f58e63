import { execute } from "../../graphql/client.ts";
import { type LogStream, RunLogsDocument } from "../runs.gen.ts";
import { OutputLines } from "./output-lines.ts";
import type { Source } from "./use-follower.ts";

const CHUNK_BYTES = 262_144;
/** Longer output is shown from its end; the beginning is loaded when asked for. */
const TAIL_BYTES = 8_000_000;

export interface Output {
  readonly lines: OutputLines;
  /** Bytes at the beginning that are not shown. */
  skippedBytes: number;
  /** Bytes stored so far. */
  size: number;
}

/**
 * The raw output of one attempt, or of one step in it, from its end when it is long.
 *
 * @param from the byte where a line begins; null: so that the end is shown
 * @param attempt null: the newest one at each request
 */
export function createRunOutputSource(
  runId: string,
  stream: LogStream,
  attempt: number | null,
  stepKey: string | null,
  from: number | null,
): Source<Output> {
  const output: Output = { lines: new OutputLines(), skippedBytes: 0, size: 0 };
  output.skippedBytes = from ?? 0;
  let nextByte: number | null = from;
  const read = async (fromByte: number, maxBytes: number, signal: AbortSignal) => {
    const { run } = await execute(
      RunLogsDocument,
      { id: runId, stream, stepKey, attempt, fromByte, maxBytes },
      signal,
    );
    return run?.logs ?? null;
  };
  return {
    content: output,
    async readOn(signal) {
      if (nextByte === null) {
        const first = await read(0, 1, signal);
        if (!first) return { news: false, more: false };
        output.skippedBytes = Math.max(0, first.size - TAIL_BYTES);
        nextByte = output.skippedBytes;
      }
      const fromByte = nextByte;
      const page = await read(fromByte, CHUNK_BYTES, signal);
      if (!page || signal.aborted) return { news: false, more: false };
      const cut =
        from === null && fromByte === output.skippedBytes && fromByte > 0 && page.fromByte === fromByte;
      output.lines.append(cut ? afterFirstLine(page.text) : page.text);
      const news = page.nextByte > fromByte;
      nextByte = page.nextByte;
      output.size = page.size;
      return { news, more: news && page.nextByte < page.size };
    },
  };
}

/** Where the output is cut, its first line is a rest that may even begin inside a character. */
function afterFirstLine(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}
