import { expect, test } from "vitest";
import { parseRunEvent, isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent } from "@millrace/model/run-event";
import { applyRunEvent, INITIAL_RUN_STATE } from "@millrace/model/run-status";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { claimWork } from "../../work/work-store.ts";
import { foldEvents } from "./status-changes.ts";
import { appendRunEvents } from "./append-run-events.ts";
import { heartbeatAttempt, startAttempt } from "../attempts/attempt-store.ts";
import { failLaunch, failLostAttempts } from "../attempts/end-attempt.ts";
import { markUnreachableWorkers } from "../attempts/mark-unreachable.ts";
import { reportWorkerExit } from "../attempts/report-worker-exit.ts";
import { endOverdueRuns } from "../ending/run-timeout.ts";
import { EventsOutOfOrder } from "../run-errors.ts";
import { findRun } from "../run-store.ts";
import {
  launchAndDequeue,
  lifeEvent,
  logEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  repeatTestRun,
} from "../../testing/test-runs.ts";
import { terminateRun } from "../ending/terminate-run.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

/** Numbers in [0, 1) that are the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const produce = (timestamp: number): RunEvent => ({
  type: "ASSET_MATERIALIZATION",
  assetKey: "orders",
  stepKey: "orders",
  partition: null,
  metadata: {},
  tags: {},
  dataVersion: null,
  message: "",
  timestamp,
});

async function actAtRandom(runId: string, script: readonly RunEvent[], random: () => number): Promise<void> {
  const roll = random() * 21;
  if (roll < 11) {
    const firstSequence = Math.floor(random() * script.length);
    const events = script.slice(firstSequence, firstSequence + 1 + Math.floor(random() * 8));
    await appendRunEvents(db, { runId, attempt: 1, firstSequence, events }).catch((error: unknown) => {
      if (!(error instanceof EventsOutOfOrder)) throw error;
    });
  } else if (roll < 13.5) await heartbeatAttempt(db, runId, 1);
  else if (roll < 14) await advance(20).then(() => markUnreachableWorkers(db, TEST_DEPLOYMENT));
  else if (roll < 15)
    await startAttempt(db, {
      runId,
      attempt: 1,
      workerId: roll < 14.5 ? "w1" : "w2",
      place: "1@h",
      codeDigest: null,
    });
  else if (roll < 17) await advance(61).then(() => failLostAttempts(db, TEST_DEPLOYMENT));
  else if (roll < 18)
    await reportWorkerExit(db, {
      deploymentId: TEST_DEPLOYMENT,
      agentId: "a",
      runId,
      attempt: 1,
      workerId: null,
      end: { how: "exited", exitCode: 1, detail: null, lastOutput: null },
    });
  else if (roll < 18.7) await terminateRun(db, TEST_DEPLOYMENT, runId);
  else if (roll < 19.4) await failLaunch(db, runId, 1, "no agent");
  else if (roll < 20) await repeatTestRun(db, runId);
  else await endOverdueRuns(db, TEST_DEPLOYMENT);
}

async function materializationCount(): Promise<number> {
  const row = await db
    .selectFrom("asset")
    .select("materialization_count")
    .where("key", "=", "orders")
    .executeTakeFirst();
  return row?.materialization_count ?? 0;
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  "whatever happens at once, the run is the fold of its events and every event is there once (seed %i)",
  async (seed) => {
    const random = createRandom(seed);
    // Every other run goes on when its worker dies, and took too long a minute after it has started.
    const tags = { "millrace/max_resume_attempts": "2", "millrace/max_runtime": "60" };
    const { id: runId } = await launchAndDequeue(db, seed % 2 === 0 ? {} : { tags });
    await claimWork(db, { deploymentId: TEST_DEPLOYMENT, agentId: "a", queues: ["default"], max: 1_000 });
    const script = [
      lifeEvent("RUN_START", 1),
      ...Array.from({ length: 20 }, (_, index) => (index % 3 === 0 ? produce(index) : logEvent(`${index}`))),
      lifeEvent("RUN_SUCCESS", 99),
    ];
    const before = await materializationCount();

    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 6 }, () => actAtRandom(runId, script, random)));
    }

    const stored = await db
      .selectFrom("run_event")
      .selectAll()
      .where("run_id", "=", runId)
      .orderBy("position")
      .execute();
    expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index));
    const said = stored.filter(({ attempt }) => attempt === 1);
    expect(said.map(({ sequence }) => sequence)).toEqual(said.map((_, index) => index));
    expect(said.map(({ event }) => event)).toEqual(script.slice(0, said.length));
    const produced = said.filter(({ type }) => type === "ASSET_MATERIALIZATION").length;
    expect((await materializationCount()) - before).toBe(produced);

    const events = stored.map(({ event }) => parseRunEvent(event)).filter(isKnownEvent);
    const { status, failureReason, failureMessage, startedAt, endedAt } = events.reduce(
      applyRunEvent,
      INITIAL_RUN_STATE,
    );
    const toDate = (milliseconds: number | null) => (milliseconds === null ? null : new Date(milliseconds));
    expect(await findRun(db, TEST_DEPLOYMENT, runId)).toMatchObject({
      status,
      failureReason,
      failureMessage,
      startedAt: toDate(startedAt),
      endedAt: toDate(endedAt),
    });
    const moves = await db
      .selectFrom("run_change")
      .select(["position", "status"])
      .where("run_id", "=", runId)
      .orderBy("id")
      .execute();
    const { changes } = foldEvents(
      INITIAL_RUN_STATE,
      stored.map(({ event }) => parseRunEvent(event)),
    );
    expect(moves).toEqual([
      { position: 0, status: "QUEUED" },
      ...changes.map((change) => ({ position: change.index, status: change.status })),
    ]);
  },
);
