/** Lets only so many processes load at once; the others wait in the order in which they came. */
export interface StartGate {
  /** Runs `work` when there is room. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** @param limit how many at once, 1 or more: loading takes a core, so more than a few only hold each other up. */
export function createStartGate(limit: number): StartGate {
  let free = limit;
  const line: (() => void)[] = [];
  return {
    async run(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        return await work();
      } finally {
        const next = line.shift();
        if (next) next();
        else free++;
      }
    },
  };
}
