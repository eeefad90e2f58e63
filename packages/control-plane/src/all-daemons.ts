import type { Daemon } from "./daemons/daemon.ts";
import { createMonitorDaemon } from "./daemons/monitor-daemon.ts";
import { retentionDaemon } from "./daemons/retention-daemon.ts";
import { coordinatorDaemon } from "./run-queue/coordinator-daemon.ts";

/** Every daemon of a control plane. It stands above the nouns: a daemon stands with its noun, on what `daemons` holds. */
export function listDaemons(): Daemon[] {
  return [coordinatorDaemon, createMonitorDaemon(), retentionDaemon];
}
