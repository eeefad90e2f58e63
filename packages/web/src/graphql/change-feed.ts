import { systemClock } from "@millrace/model/time/clock";
import { parseChangeName, type ChangeName } from "@millrace/model/topic";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { USER_API } from "./client.ts";
import { createEventStreamParser } from "@millrace/model/event-stream";

const QUERY = "subscription Changes($topics: [String!]!) { changes(topics: $topics) { topic at } }";
/** The server pings every few seconds; a stream that is silent for longer is dead. */
const SILENCE_LIMIT_MS = 30_000;
const BACKOFF: Backoff = { firstMs: 500, longestMs: 5_000 };

/** Called with a topic that changed, and with every topic after a stream has (re)opened, because hints may have been missed. */
export type ChangeListener = (topic: ChangeName) => void;

/**
 * One event stream for all topics the page shows. It reopens when the topics change, and for ever with backoff when it breaks.
 * A class because it has a lifetime: one lives as long as the page.
 */
export class ChangeFeed {
  readonly #listeners = new Map<ChangeName, Set<ChangeListener>>();
  readonly #stateListeners = new Set<() => void>();
  #stream: AbortController | null = null;
  #reopening: AbortController | null = null;
  #failures = 0;
  #live = false;
  #lastHintAt: string | null = null;

  /** `at` of the newest hint of this stream; null: none has come yet. */
  get lastHintAt(): string | null {
    return this.#lastHintAt;
  }

  /** Whether hints arrive; while they do not, readers poll. */
  get live(): boolean {
    return this.#live;
  }

  /** Listens to one topic until the answer is called. */
  subscribe(topic: ChangeName, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    if (listeners.size === 1) this.#reopenSoon(20);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(topic) !== listeners) return;
      this.#listeners.delete(topic);
      this.#reopenSoon(1_000); // Leaving a page: the next one's topics usually follow at once.
    };
  }

  /** Listens to changes of `live`. */
  onStateChange(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  #reopenSoon(delayMs: number): void {
    this.#reopening?.abort();
    const reopening = new AbortController();
    this.#reopening = reopening;
    void systemClock.sleep(delayMs, reopening.signal).then(() => {
      if (!reopening.signal.aborted) void this.#open();
    });
  }

  async #open(): Promise<void> {
    const topics = [...this.#listeners.keys()];
    const before = this.#stream;
    const stream = new AbortController();
    this.#stream = stream;
    if (topics.length === 0) {
      before?.abort();
      this.#setLive(false);
      return;
    }
    try {
      await this.#read(topics, stream, () => before?.abort());
    } catch {
      // Whatever ended the stream, the way on is the same: poll, and open it again below.
    }
    stream.abort();
    if (this.#stream !== stream) return; // Replaced by a stream for other topics.
    before?.abort();
    this.#setLive(false);
    this.#failures += 1;
    this.#reopenSoon(backoffMs(BACKOFF, this.#failures));
  }

  async #read(topics: readonly ChangeName[], stream: AbortController, onOpen: () => void): Promise<void> {
    const response = await fetch(USER_API, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query: QUERY, variables: { topics } }),
      signal: stream.signal,
    });
    if (!response.ok || !response.headers.get("content-type")?.includes("text/event-stream")) return;
    if (!response.body) return;
    onOpen();
    this.#lastHintAt = null;
    this.#failures = 0;
    this.#setLive(true);
    for (const topic of topics) this.#emit(topic);
    const parse = createEventStreamParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const read = await within(systemClock, SILENCE_LIMIT_MS, reader.read());
      if (read === TOO_LATE || read.done) return;
      for (const event of parse(decoder.decode(read.value, { stream: true }))) {
        if (event.name === "complete") return;
        const { topic, at } = readChange(event.data);
        this.#lastHintAt = at;
        if (topic !== null) this.#emit(topic);
      }
    }
  }

  #emit(topic: ChangeName): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(topic);
  }

  #setLive(live: boolean): void {
    if (live === this.#live) return;
    this.#live = live;
    for (const listener of this.#stateListeners) listener();
  }
}

function readChange(data: string): { readonly topic: ChangeName | null; readonly at: string | null } {
  try {
    const message = JSON.parse(data) as { data?: { changes?: { topic?: unknown; at?: unknown } } | null };
    const { topic, at } = message.data?.changes ?? {};
    return {
      topic: typeof topic === "string" ? parseChangeName(topic) : null,
      at: typeof at === "string" ? at : null,
    };
  } catch {
    return { topic: null, at: null };
  }
}
