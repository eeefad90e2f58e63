// The thread that `watchLoop` starts: it waits, and then looks where the main thread is busy.
import { writeSync } from "node:fs";
import { Session, type Debugger } from "node:inspector";
import { workerData } from "node:worker_threads";
import { systemClock } from "@millrace/model/time/clock";
import { resolveSourcePosition } from "millrace/internal/definition/source-position";
import { describePlace } from "./thrown-while-loading.ts";
import type { LoopWatch } from "./watch-loop.ts";

const STDERR = 2;

const { workingDirectory, limitMs } = workerData as LoopWatch;

/** Files by the ids that the debugger gives them. */
const files = new Map<string, string>();

function toStackLine({ functionName, location }: Debugger.CallFrame): string {
  const { file, line, column } = resolveSourcePosition({
    file: files.get(location.scriptId) ?? "",
    line: location.lineNumber + 1,
    column: (location.columnNumber ?? 0) + 1,
  });
  return `    at ${functionName || "<anonymous>"} (${file}:${line}:${column})`;
}

await systemClock.sleep(limitMs, new AbortController().signal);
const session = new Session();
session.connectToMainThread();
session.on("Debugger.scriptParsed", ({ params }) => void files.set(params.scriptId, params.url));
session.on("Debugger.paused", ({ params }) => {
  const { place, calls } = describePlace(params.callFrames.map(toStackLine).join("\n"), workingDirectory);
  const what = `The code is still busy after ${Math.round(limitMs / 1_000)} s, so the definitions are never complete`;
  const where = place === null ? what : `${place.text}: ${what}${place.frame}`;
  writeSync(STDERR, `${[where, ...calls].join("\n")}\n`);
  process.kill(process.pid, "SIGKILL");
});
session.post("Debugger.enable", () => session.post("Debugger.pause"));
// What it asked for comes in its own time: the thread is ended with the process, or by who started it.
await systemClock.sleep(limitMs, new AbortController().signal);
