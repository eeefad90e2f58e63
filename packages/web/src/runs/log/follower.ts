/** What one request brought: whether it was anything new, and whether more is there right away. */
export interface FollowStep {
  readonly news: boolean;
  readonly more: boolean;
}

/**
 * Follows something that only grows. Each `refresh` reads on until nothing more is there; one that comes while another runs is not
 * lost. A class because it has a lifetime: it belongs to one view and ends with it.
 */
export class Follower {
  readonly #readOn: (signal: AbortSignal) => Promise<FollowStep>;
  readonly #listeners = new Set<() => void>();
  readonly #end = new AbortController();
  #running = false;
  #again = false;
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

  /** Reads what is new. Without an answer nothing is lost: the next refresh reads it. */
  refresh(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    void this.#read();
  }

  close(): void {
    this.#end.abort();
    this.#listeners.clear();
  }

  async #read(): Promise<void> {
    this.#running = true;
    try {
      for (let more = true; (more || this.#again) && !this.#end.signal.aborted; ) {
        this.#again = false;
        const step = await this.#readOn(this.#end.signal);
        more = step.more;
        const first = !more && !this.#caughtUp;
        if (first) this.#caughtUp = true;
        if (step.news || first) this.#changed();
      }
    } catch {
      // The connection banner tells; the caller's polling tries again.
    } finally {
      this.#running = false;
    }
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
