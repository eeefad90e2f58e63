/** Something that a loop waits for. A wake is never lost: one that came since the last wait ends the next wait at once. */
export interface Wake {
  wake(): void;
  wait(): Promise<void>;
}

/** A wake that has not been called yet. A wait may end once too often, never too late. */
export function createWake(): Wake {
  let woken = false;
  let pending = Promise.withResolvers<void>();
  return {
    wake() {
      woken = true;
      pending.resolve();
      pending = Promise.withResolvers();
    },
    wait() {
      if (!woken) return pending.promise;
      woken = false;
      return Promise.resolve();
    },
  };
}
