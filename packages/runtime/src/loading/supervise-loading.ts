import { writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { backgroundClock, systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { DefinitionsNotLoaded } from "./loading-errors.ts";
import { watchAwaits } from "./stalled-awaits.ts";
import { describePlace, findStalled, type ShownPlace } from "./thrown-while-loading.ts";

/** Code that asks a slow service while it is loaded takes seconds; what takes longer than this hangs. */
export const LOAD_LIMIT_MS = 60_000;

const STDERR = 2;

/**
 * Loads code and sees to it that it ends: what the code does instead of loading becomes an error that names its place. That is an await
 * that never comes to its end, an error or a rejection that nobody caught, and `process.exit`, which is told on stderr.
 *
 * @param workingDirectory the author's folder: places are those of its files.
 * @throws DefinitionsNotLoaded; whatever the code throws, or leaves uncaught.
 */
export async function superviseLoading<T>(
  load: () => Promise<T>,
  workingDirectory: string,
  limitMs: number = LOAD_LIMIT_MS,
): Promise<T> {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const awaits = watchAwaits();
  const stalled = (why: string): DefinitionsNotLoaded => {
    awaits.stop();
    return describeStalled(findStalled(awaits.list(), workingDirectory), why);
  };
  using _ = after(backgroundClock, limitMs, () =>
    failed.reject(stalled(`did not come to its end within ${limitMs / 1_000} s`)),
  );
  const onUncaught = (error: unknown): void => failed.reject(error);
  const onNothingLeft = (): void =>
    failed.reject(stalled("can never come to its end: nothing is left that could bring it about"));
  const onExit = (code: number): void => {
    writeSync(STDERR, `${describeExit(code, workingDirectory).message}\n`);
    process.exitCode = code === 0 ? 1 : code;
  };
  process.on("uncaughtException", onUncaught).on("unhandledRejection", onUncaught);
  process.on("beforeExit", onNothingLeft).on("exit", onExit);
  try {
    const loaded = await Promise.race([load(), failed.promise]);
    awaits.stop();
    // What the code has left for the next turn belongs to its loading: rejections are told of then, and timers of no time.
    await Promise.race([
      systemClock.sleep(1, new AbortController().signal).then(() => nextTurn()),
      failed.promise,
    ]);
    return loaded;
  } finally {
    awaits.stop();
    process.off("uncaughtException", onUncaught).off("unhandledRejection", onUncaught);
    process.off("beforeExit", onNothingLeft).off("exit", onExit);
  }
}

function describeStalled({ place, calls }: ShownPlace, why: string): DefinitionsNotLoaded {
  const message =
    place === null
      ? `Loading the code ${why}`
      : `${place.text}: This await ${why}, so the definitions are never complete${place.frame}`;
  return new DefinitionsNotLoaded("definitions_hung", message, calls);
}

function describeExit(code: number, workingDirectory: string): DefinitionsNotLoaded {
  const { place, calls } = describePlace(new Error("exit").stack ?? "", workingDirectory);
  const where = place === null ? "" : `${place.text}: `;
  return new DefinitionsNotLoaded(
    "definitions_exited",
    `${where}The code ended the process while it was loaded, with exit code ${code}${place?.frame ?? ""}`,
    calls,
  );
}
