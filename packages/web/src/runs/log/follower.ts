/** What one request brought: whether it was anything new, and whether more is there right away. */
export interface FollowStep {
  readonly news: boolean;
  readonly more: boolean;
}

/**
 * Follows something that only grows, from `open` to `close`. Each `refresh` reads on until nothing more is there; one that comes
 * while another runs is not lost. A class because it has a lifetime: that of the view that shows what was read.
 */
export class Follower {
  readonly #readOn: (signal: AbortSignal) => Promise<FollowStep>;
  readonly #listeners = new Set<() => void>();
  #end: AbortController | null = null;
  #reading = false;
  #refreshes = 0;
  #version = 0;
  #caughtUp = false;

  constructor(readOn: (signal: AbortSignal) => Promise<FollowStep>) {
    this.#readOn = readOn;
  }

  /** Grows whenever there is something new to show. */
  get version(): number {
    return this.#version;
  }

  /** Whether everything that was there has been read once. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  /** Calls `listener` after each change of `version`, until the answer is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins, or begins again after `close`. */
  open(): void {
    this.#end = new AbortController();
    this.#reading = false;
    this.refresh();
  }

  /** Stops; a request under way is given up. */
  close(): void {
    this.#end?.abort();
    this.#end = null;
  }

  /** Reads what is new. Without an answer nothing is lost: the next refresh reads it. */
  refresh(): void {
    this.#refreshes += 1;
    if (this.#end !== null && !this.#reading) void this.#read(this.#end.signal);
  }

  async #read(signal: AbortSignal): Promise<void> {
    this.#reading = true;
    try {
      let seen: number;
      let more: boolean;
      do {
        seen = this.#refreshes;
        const step = await this.#readOn(signal);
        if (signal.aborted) return;
        more = step.more;
        const first = !more && !this.#caughtUp;
        if (first) this.#caughtUp = true;
        if (step.news || first) this.#changed();
      } while (more || seen !== this.#refreshes);
    } catch {
      // The connection banner tells; the caller's polling tries again.
    } finally {
      if (!signal.aborted) this.#reading = false;
    }
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
