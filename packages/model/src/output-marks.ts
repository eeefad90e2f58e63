/**
 * Which bytes of a worker's stdout and stderr came from which step. A mark says that from an offset on a stream holds what
 * one step wrote, until the next mark of that stream.
 */
export interface OutputMark {
  readonly stream: MarkedStream;
  /** Bytes before it in the stream. */
  readonly offset: number;
  /** Null: what follows belongs to no step, unless another mark at the same offset says more. */
  readonly stepKey: string | null;
}

/** The streams that marks speak of. */
export type MarkedStream = "stdout" | "stderr";

/** A part of a stream: bytes from `start` up to, not including, `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** A mark as one line of the marks file; several processes append to it at once. */
export function formatOutputMark({ stream, offset, stepKey }: OutputMark): string {
  return `${stream} ${offset}${stepKey === null ? "" : ` ${stepKey}`}\n`;
}

/** Reads the marks of one stream; what is no mark, such as a line that is still being written, is passed over. */
export function parseOutputMarks(text: string, stream: MarkedStream): OutputMark[] {
  const marks: OutputMark[] = [];
  const lines = text.split("\n");
  lines.pop(); // Ends where the file ends: nothing, or half a line.
  for (const line of lines) {
    const match = /^(stdout|stderr) (\d+)(?: (.+))?$/.exec(line);
    if (match?.[1] === stream) marks.push({ stream, offset: Number(match[2]), stepKey: match[3] ?? null });
  }
  return marks;
}

/**
 * The parts of a stream that one step wrote, in order, the last one up to the stream's end. The marks may come in any order.
 *
 * @param size bytes that the stream holds.
 */
export function listStepSpans(marks: readonly OutputMark[], stepKey: string, size: number): ByteSpan[] {
  const spans: { start: number; end: number }[] = [];
  // Of two marks at one offset the one that names a step comes last, and so counts.
  const ordered = marks.toSorted(
    (a, b) => a.offset - b.offset || Number(a.stepKey !== null) - Number(b.stepKey !== null),
  );
  for (const [index, mark] of ordered.entries()) {
    const end = Math.min(ordered[index + 1]?.offset ?? size, size);
    if (mark.stepKey !== stepKey || end <= mark.offset) continue;
    const last = spans.at(-1);
    if (last?.end === mark.offset) last.end = end;
    else spans.push({ start: mark.offset, end });
  }
  return spans;
}
