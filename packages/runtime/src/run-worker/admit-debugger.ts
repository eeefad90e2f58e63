import { DEBUGGER_ADDRESS, type Debugging } from "@millrace/model/runs/debugging";
import type { RunJournal } from "./run-journal.ts";

/**
 * Opens this process to a debugger on this machine, and says in the run where it may attach. With `wait`, nothing happens in the
 * process until one has: the courier says meanwhile that it lives, as at a breakpoint, and a signal ends the process at once.
 */
export function admitDebugger(debugging: Debugging, journal: RunJournal): void {
  // Not imported: nearly no worker is debugged.
  const inspector = process.getBuiltinModule("node:inspector");
  inspector.open(0, "127.0.0.1");
  const address = inspector.url() ?? "";
  journal.record({
    type: "ENGINE_EVENT",
    timestamp: Date.now(),
    message:
      debugging === "wait" ? `Waiting for a debugger at ${address}` : `A debugger may attach at ${address}`,
    stepKey: null,
    error: null,
    metadata: { [DEBUGGER_ADDRESS]: { type: "text", text: address } },
  });
  if (debugging === "wait") withoutListeners(["SIGINT", "SIGTERM"], () => inspector.waitForDebugger());
}

/** Does what blocks the thread, on which nobody would hear of these signals: they end the process meanwhile. */
function withoutListeners(signals: readonly NodeJS.Signals[], block: () => void): void {
  const listeners = signals.map((signal) => ({ signal, all: process.listeners(signal) }));
  for (const { signal } of listeners) process.removeAllListeners(signal);
  block();
  for (const { signal, all } of listeners) for (const listener of all) process.on(signal, listener);
}
