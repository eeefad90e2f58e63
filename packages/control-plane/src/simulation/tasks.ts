import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import { createIds, createRandom, type Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** One line of work in the simulation, such as a daemon's loop or a request: it does one thing after the other. */
export interface Task {
  readonly name: string;
  readonly random: Random;
  readonly ids: Ids;
  /** Aborted when the task is killed. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Simulated milliseconds; ends early when the task is killed, which throws. */
  sleep(milliseconds: number): Promise<void>;
  /** Waits for what only the simulation brings about. Whoever does not wait so counts as at work. */
  wait<T>(promise: Promise<T>): Promise<T>;
}

/** Knobs of a task. */
export interface TaskOptions {
  /** Aborted with the process that the task belongs to. */
  readonly signal?: AbortSignal;
  /** Milliseconds by which the clock of its machine is wrong. Default: it is right. */
  readonly clockOffset?: () => number;
}

/** All tasks of a simulation. */
export interface Tasks {
  /** Starts a task. What it throws, unless it was killed, rejects `done`, which the caller must handle. */
  spawn<T>(
    name: string,
    work: (task: Task) => Promise<T>,
    options?: TaskOptions,
  ): { readonly done: Promise<T> };
  /** Resolves when every task has ended or waits. */
  untilIdle(): Promise<void>;
  /** The names of those that have not ended. */
  list(): string[];
}

/** A task, or the process it belonged to, was killed. */
export class TaskKilled extends Error {
  constructor(name: string) {
    super(`${name} was killed`);
  }
}

export function createTasks(seed: number, timeline: Timeline): Tasks {
  const waits = new Map<string, number>();
  let changed = Promise.withResolvers<void>();

  function noteChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function addWait(name: string, count: number): void {
    const known = waits.get(name);
    if (known === undefined) return;
    waits.set(name, known + count);
    noteChange();
  }

  function createTask(name: string, { signal, clockOffset = () => 0 }: TaskOptions): Task {
    const killed = signal ?? new AbortController().signal;
    const task: Task = {
      name,
      random: createRandom(seed, name),
      ids: createIds(seed, name),
      signal: killed,
      clock: {
        now: () => timeline.now() + clockOffset(),
        monotonic: () => timeline.now(),
        sleep: (milliseconds, stop) => task.wait(timeline.sleep(milliseconds, [stop, killed])),
      },
      async sleep(milliseconds) {
        await task.wait(timeline.sleep(milliseconds, [killed]));
        if (killed.aborted) throw new TaskKilled(name);
      },
      async wait(promise) {
        addWait(name, 1);
        try {
          return await promise;
        } finally {
          addWait(name, -1);
        }
      },
    };
    return task;
  }

  return {
    spawn(name, work, options = {}) {
      if (waits.has(name)) throw new Error(`There are two tasks ${name}`);
      waits.set(name, 0);
      const done = work(createTask(name, options)).finally(() => {
        waits.delete(name);
        noteChange();
      });
      return { done };
    },
    async untilIdle() {
      for (;;) {
        const change = changed.promise;
        // What has just become possible gets its turn first, however many promises stand between.
        await new Promise((resolve) => setImmediate(resolve));
        const isAtWork = [...waits.values()].includes(0);
        if (!isAtWork) return;
        await change;
      }
    },
    list: () => [...waits.keys()],
  };
}
