import { createEventStreamParser } from "@millrace/model/event-stream";
import { systemClock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";

/** The server pings every few seconds; a stream that is silent for longer is dead. */
const SILENCE_LIMIT_MS = 30_000;

/** Yields when the stream stands, as something may have changed before, and at each of its events until it ends. */
export async function* readChanges(body: ReadableStream<Uint8Array>): AsyncGenerator<void> {
  const parse = createEventStreamParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    yield;
    for (;;) {
      const read = await within(systemClock, SILENCE_LIMIT_MS, reader.read());
      if (read === TOO_LATE || read.done) return;
      const events = parse(decoder.decode(read.value, { stream: true }));
      if (events.some(({ name }) => name === "next")) yield;
      if (events.some(({ name }) => name === "complete")) return;
    }
  } finally {
    // Whoever broke off does not wait for the server to notice.
    void reader.cancel().catch(() => {});
  }
}
