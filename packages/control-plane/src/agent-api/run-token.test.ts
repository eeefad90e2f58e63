import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import type { AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AppendEventsDocument,
  AssetStatesDocument,
  PutLogChunkDocument,
  StartAttemptDocument,
} from "@millrace/protocol/agent-api.gen";
import { listAssetEvents } from "../assets/asset-event-store.ts";
import { getRunProducts } from "../runs/steps/step-history-store.ts";
import { reportWorkerExit } from "../runs/attempts/report-worker-exit.ts";
import type { LaunchInput } from "../runs/launch/launch-input.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";
import {
  claimLaunch,
  getTestRun,
  launchAndDequeue,
  lifeEvent,
  logEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";

const { db, connectAs } = await startAgentApi();
await serveLocation(db, "shop", SHOP);

interface Started {
  readonly runId: string;
  readonly api: AgentApiClient;
  /** Sends these events from the sequence on. */
  readonly say: (firstSequence: number, ...events: RunEvent[]) => Promise<number>;
}

/** A run whose worker has begun and speaks with its token. */
async function start(change: Partial<LaunchInput>): Promise<Started> {
  const { id: runId } = await launchAndDequeue(db, change);
  const { runToken } = (await claimLaunch(db, runId)) as LaunchRunWork & { readonly runToken: string };
  const api = connectAs(runToken);
  await api.send(StartAttemptDocument, { input: { runId, attempt: 1, workerId: "w", place: "1@h" } });
  async function say(firstSequence: number, ...events: RunEvent[]): Promise<number> {
    const said = { runId, attempt: 1, workerId: "w", firstSequence, events };
    return (await api.send(AppendEventsDocument, said)).appendEvents.nextSequence;
  }
  await say(0, lifeEvent("RUN_START"));
  return { runId, api, say };
}

const details = { metadata: {}, tags: {}, dataVersion: "v", message: "m", stepKey: "s" };
function materialization(assetKey: string, change: Partial<RunEvent> = {}): RunEvent {
  return {
    ...details,
    type: "ASSET_MATERIALIZATION",
    assetKey,
    partition: null,
    timestamp: Date.now(),
    ...change,
  } as RunEvent;
}
function evaluation(assetKey: string): RunEvent {
  const outcome = { passed: true, severity: "ERROR", blocking: false } as const;
  return {
    ...details,
    ...outcome,
    type: "ASSET_CHECK_EVALUATION",
    assetKey,
    checkName: "not_empty",
    partition: null,
    timestamp: Date.now(),
  };
}

describe("what the token of a run can say", () => {
  test("is about assets that the run was launched for, and about no others", async () => {
    const { say } = await start({ jobName: null, assetSelection: ["orders"] });

    for (const forged of [
      materialization("daily_orders"),
      materialization("nowhere"),
      evaluation("raw/orders"),
    ])
      await expect(say(1, logEvent("a"), forged)).rejects.toMatchObject({
        code: "bad_request",
        message: expect.stringMatching(/^events\[1\]: asset ".*" is not in the plan of this run$/),
      });

    expect(await say(1, materialization("orders"), evaluation("orders"))).toBe(3);
    expect(
      (await listAssetEvents(db, TEST_DEPLOYMENT, "nowhere", { before: null, limit: 9, partitionKey: null }))
        .nodes,
    ).toEqual([]);
  });

  test("is about the checks that a run evaluates without making their assets", async () => {
    const { say } = await start({ jobName: null, checkSelection: ["orders:not_empty"] });

    expect(await say(1, evaluation("orders"))).toBe(2);
    await expect(say(2, evaluation("daily_orders"))).rejects.toMatchObject({ code: "bad_request" });
  });

  test("is about the partition that it was launched for", async () => {
    const { say } = await start({ jobName: null, assetSelection: ["daily_orders"], partitionKey: "mon" });

    await expect(say(1, materialization("daily_orders", { partition: "tue" }))).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining(`partition "tue" is not what this run was launched for`),
    });
    expect(await say(1, materialization("daily_orders", { partition: "mon" }))).toBe(2);
  });

  test("is about the partitions of its range", async () => {
    const partitionRange = { start: "mon", end: "tue" };
    const { say } = await start({ jobName: null, assetSelection: ["daily_orders"], partitionRange });

    expect(await say(1, materialization("daily_orders", { partition: "tue" }))).toBe(2);
  });

  test("is nothing that only the control plane can know", async () => {
    const { say } = await start({});

    await expect(say(1, lifeEvent("RUN_WORKER_RETURNED"))).rejects.toMatchObject({
      message: "events[0]: RUN_WORKER_RETURNED is the control plane's to say",
    });
  });

  test("may tell of other assets as reported, which are there, and counts as told by the run", async () => {
    const run = await start({ jobName: null, assetSelection: ["orders"] });
    const seen = { isReported: true, description: "nightly export", dataVersion: "v7" };

    await run.say(
      1,
      materialization("raw/orders", seen),
      materialization("daily_orders", { ...seen, partition: "mon" }),
    );

    const { nodes } = await listAssetEvents(db, TEST_DEPLOYMENT, "raw/orders", {
      before: null,
      limit: 1,
      partitionKey: null,
    });
    expect(nodes).toMatchObject([
      { runId: run.runId, reportedBy: null, description: "nightly export", dataVersion: "v7" },
    ]);
    expect((await getRunProducts(db, run.runId)).produced).toEqual(new Set());
    await expect(run.say(3, materialization("nowhere", seen))).rejects.toThrow(
      'events[0]: No code location defines asset "nowhere"',
    );
    await expect(run.say(3, materialization("daily_orders", { ...seen, partition: "sun" }))).rejects.toThrow(
      'Asset "daily_orders" has no partition "sun"',
    );
  });

  test("can't have happened after it was told", async () => {
    const { say } = await start({ jobName: null, assetSelection: ["orders"] });

    await say(1, materialization("orders", { timestamp: Date.now() + 365 * 86_400_000 }));

    const page = { before: null, limit: 1, partitionKey: null };
    const [newest] = (await listAssetEvents(db, TEST_DEPLOYMENT, "orders", page)).nodes;
    expect(newest?.timestamp.getTime()).toBeLessThanOrEqual(Date.now());
  });
});

describe("after the end of its attempt", () => {
  async function succeed(): Promise<Started> {
    const started = await start({ jobName: null, assetSelection: ["orders"] });
    await started.say(1, lifeEvent("RUN_SUCCESS"));
    return started;
  }

  test("only the tail of log and output is taken", async () => {
    const { runId, api, say } = await succeed();
    const chunk = { runId, attempt: 1, workerId: "w", stream: "stdout", offset: 0, bytes: "bGFzdA==" };

    for (const late of [materialization("orders"), lifeEvent("RUN_CANCELED")])
      await expect(say(2, late)).rejects.toMatchObject({
        code: "bad_request",
        message: expect.stringContaining("comes too late, the attempt has ended"),
      });

    expect(await say(2, logEvent("last words"))).toBe(3);
    expect((await api.send(PutLogChunkDocument, chunk)).putLogChunk.nextOffset).toBe(4);
    // Beyond what an Int can say: a gap like any other.
    await expect(api.send(PutLogChunkDocument, { ...chunk, offset: 2 ** 31 })).rejects.toMatchObject({
      code: "log_out_of_order",
    });
    expect(await getTestRun(db, runId)).toMatchObject({ status: "SUCCESS" });
  });

  test("nothing is answered about assets", async () => {
    const { runId, api } = await succeed();
    const question = { runId, attempt: 1, places: [{ assetKey: "orders" }] };

    await expect(api.send(AssetStatesDocument, question)).rejects.toMatchObject({
      code: "attempt_superseded",
    });
  });

  test("the token dies ten minutes after its agent has told of the end, and a day after it otherwise", async () => {
    const { runId, say } = await succeed();
    const age = (interval: string) =>
      sql`update run_attempt set ended_at = now() - ${interval}::interval where run_id = ${runId}`.execute(
        db,
      );

    await age("11 minutes");
    expect(await say(2, logEvent("the agent was away"))).toBe(3);
    const end = { how: "exited", exitCode: 0, detail: null, lastOutput: null } as const;
    await reportWorkerExit(db, {
      deploymentId: TEST_DEPLOYMENT,
      agentId: "agent-1",
      runId,
      attempt: 1,
      workerId: "w",
      end,
    });
    await age("9 minutes");
    expect(await say(3, logEvent("late"))).toBe(4);
    await age("11 minutes");

    await expect(say(4, logEvent("too late"))).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
