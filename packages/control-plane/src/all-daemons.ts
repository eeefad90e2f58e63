import { createFreshnessDaemon } from "./assets/freshness/freshness-daemon.ts";
import { stalenessDaemon } from "./assets/stale-sets/staleness-daemon.ts";
import { createAutomationDaemon } from "./automation/automation-daemon.ts";
import { backfillDaemon } from "./backfills/backfill-daemon.ts";
import type { Daemon } from "./daemons/daemon.ts";
import { retentionDaemon } from "./retention/retention-daemon.ts";
import { storageDaemon } from "./retention/storage-daemon.ts";
import { bulkDaemon } from "./bulk/bulk-daemon.ts";
import { coordinatorDaemon } from "./run-queue/coordinator-daemon.ts";
import { leaseDaemon } from "./runs/attempts/lease-daemon.ts";
import { retryDaemon } from "./runs/retries/retry-daemon.ts";
import { timeoutDaemon } from "./runs/ending/timeout-daemon.ts";
import { instigatorDaemon } from "./ticks/instigator-daemon.ts";
import { scheduleDaemon } from "./schedules/schedule-daemon.ts";
import { sensorDaemon } from "./sensors/sensor-daemon.ts";
import { watchDaemon } from "./sensors/watch-daemon.ts";
import type { CreateWorkEffects } from "./work/work-effects.ts";
import { createReapDaemon } from "./work/reap-daemon.ts";

/**
 * Every daemon of one replica, with what each remembers between its ticks. It stands above the nouns: a daemon stands with its noun,
 * on what `daemons` holds.
 */
export function listDaemons(createWorkEffects: CreateWorkEffects): Daemon[] {
  return [
    coordinatorDaemon,
    backfillDaemon,
    createAutomationDaemon(),
    leaseDaemon,
    timeoutDaemon,
    createFreshnessDaemon(),
    stalenessDaemon,
    retryDaemon,
    bulkDaemon,
    createReapDaemon(createWorkEffects),
    retentionDaemon,
    storageDaemon,
    instigatorDaemon,
    scheduleDaemon,
    sensorDaemon,
    watchDaemon,
  ];
}
