import { createWorkEffects } from "../all-work-effects.ts";
import { createHash, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { systemIds } from "@millrace/model/randomness";
import type { RunEvent } from "@millrace/model/run-event";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import type { Db } from "../database/connect.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { insertSnapshot } from "../locations/snapshot-store.ts";
import type { ClaimedWork } from "../claims/claim.ts";
import { claimWork } from "../work/work-store.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { failLostAttempts } from "../runs/attempts/end-attempt.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { launchRun } from "../runs/launch/launch-run.ts";
import type { LaunchContext, LaunchRequest } from "../runs/launch/launch-runs.ts";
import { ALL_STEPS, reexecuteRun, type ReexecutionRequest } from "../runs/reexecution/reexecute-run.ts";
import type { LaunchInput } from "../runs/launch/launch-input.ts";
import { findRun, type Run } from "../runs/run-store.ts";
import type { SimulatedDatabase } from "./simulated-database.ts";

/** For tests: the deployment that every migrated database has. */
export const TEST_DEPLOYMENT = "default";
/** For tests: settings without limits that matter. */
export const TEST_SETTINGS = parseSettingsInput({ max_concurrent_runs: 1_000_000 });

export type SnapshotInit = MessageInitShape<typeof LocationSnapshotSchema>;

/** For tests: a small shop. `orders` feeds `daily_orders` (partitioned) and has a check; `hello` is a job of one op with config. */
export const SHOP = {
  assets: [
    {
      key: "orders",
      group: "sales",
      executable: true,
      stepKey: "orders",
      kinds: ["duckdb"],
      owners: ["team:sales"],
    },
    {
      key: "daily_orders",
      group: "sales",
      executable: true,
      stepKey: "daily_orders",
      dependencies: [{ key: "orders", loadsValue: true }],
      partitions: { json: JSON.stringify({ type: "static", keys: ["mon", "tue", "wed"] }) },
    },
    { key: "raw/orders", group: "raw", executable: false },
  ],
  checks: [{ assetKey: "orders", name: "not_empty", stepKey: "orders_not_empty", blocking: true }],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["orders", "daily_orders"],
      steps: [
        { key: "orders", kind: "asset" },
        { key: "orders_not_empty", kind: "check", upstream: ["orders"] },
        { key: "daily_orders", kind: "asset", upstream: ["orders"] },
      ],
    },
    {
      name: "sales_job",
      assetKeys: ["orders"],
      steps: [{ key: "orders", kind: "asset" }],
      tags: { team: "sales" },
    },
    {
      name: "hello",
      steps: [
        { key: "greet", kind: "op" },
        { key: "wave", kind: "op", upstream: ["greet"] },
      ],
      configSchema: JSON.stringify({
        type: "object",
        properties: {
          ops: {
            type: "object",
            properties: {
              greet: {
                type: "object",
                properties: {
                  config: {
                    type: "object",
                    properties: { year: { type: "integer" } },
                    required: ["year"],
                    additionalProperties: false,
                  },
                },
                required: ["config"],
              },
            },
            required: ["greet"],
          },
        },
        required: ["ops"],
      }),
      defaultConfig: JSON.stringify({ ops: { greet: { config: { year: 2001 } } } }),
    },
  ],
} satisfies SnapshotInit;

/** For tests: the digest of the code of what `serveLocation` serves. */
export function codeDigestOf(revision: number): string {
  return `code of revision ${revision}`;
}

/** For tests: a code location that serves these definitions, without any code server; served again, a newer version of it. */
export async function serveLocation(
  db: Db,
  name: string,
  definitions: SnapshotInit,
  deploymentId = TEST_DEPLOYMENT,
): Promise<void> {
  const bytes = toBinary(LocationSnapshotSchema, create(LocationSnapshotSchema, definitions));
  const digest = createHash("sha256").update(bytes).digest();
  await insertSnapshot(db, deploymentId, digest.toString("hex"), gzipSync(bytes), Date.now());
  const versionId = randomUUID();
  const document = JSON.stringify({
    workingDirectory: "/code",
    entry: "definitions.ts",
    queue: "default",
    environment: {},
  });
  const location = await db
    .insertInto("code_location")
    .values({ deployment_id: deploymentId, name, document })
    .onConflict((conflict) =>
      conflict
        .columns(["deployment_id", "name"])
        .where("removed_at", "is", null)
        .doUpdateSet((eb) => ({ revision: eb("code_location.revision", "+", 1) })),
    )
    .returning(["id", "revision"])
    .executeTakeFirstOrThrow();
  await db
    .insertInto("location_version")
    .values({
      id: versionId,
      deployment_id: deploymentId,
      location_id: location.id,
      revision: location.revision,
      state: "loaded",
      document,
      snapshot_digest: digest,
      code_digest: codeDigestOf(location.revision),
    })
    .execute();
  await db
    .updateTable("code_location")
    .set({ serving_version_id: versionId })
    .where("id", "=", location.id)
    .execute();
}

/** For tests: a launch of `hello`, with changes. */
export function launchInput(change: Partial<LaunchInput> = {}): LaunchInput {
  return {
    locationName: null,
    jobName: "hello",
    assetSelection: null,
    checkSelection: null,
    stepSelection: null,
    partitionKey: null,
    partitionRange: null,
    runConfig: null,
    tags: {},
    ...change,
  };
}

/** For tests: what launches need, of this machine. */
export const LAUNCH_CONTEXT: LaunchContext = { ids: systemIds };

/** For tests: what settled work does, on this machine. */
export const TEST_WORK_EFFECTS = createWorkEffects(LAUNCH_CONTEXT);

/** For tests: who launches runs. */
export const TEST_ORIGIN = { kind: "user", name: "tester" } as const;

/** For tests: a launch by a user, with changes. */
export function launchTestRun(
  db: Db,
  deploymentId: string,
  target: LaunchInput,
  change: Partial<LaunchRequest> = {},
): Promise<Run> {
  const request = { target, origin: TEST_ORIGIN, key: null, lineage: null, ...change };
  return launchRun(db, deploymentId, request, LAUNCH_CONTEXT);
}

/** For tests: a run again. */
export function repeatTestRun(db: Db, runId: string, request: ReexecutionRequest = ALL_STEPS): Promise<Run> {
  return reexecuteRun(db, TEST_DEPLOYMENT, runId, request, TEST_ORIGIN, LAUNCH_CONTEXT);
}

/** For tests: a run whose first attempt waits for its worker. */
export async function launchAndDequeue(db: Db, change: Partial<LaunchInput> = {}): Promise<Run> {
  const run = await launchTestRun(db, TEST_DEPLOYMENT, launchInput(change));
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  return run;
}

/** For tests: a run that is there. */
export async function getTestRun(db: Db, id: string): Promise<Run> {
  const run = await findRun(db, TEST_DEPLOYMENT, id);
  if (run === null) throw new Error(`Run ${id} is gone`);
  return run;
}

/** For tests: an agent as it registers. */
export const TEST_AGENT = {
  agentId: "a",
  name: "a",
  kind: "process",
  version: "1",
  hostname: "h",
  queues: ["default"],
};

/** For tests: lets agent `agent-1` take all work of the default queue, and gives that which launches the run's worker. */
export async function claimLaunch(db: Db, runId: string): Promise<LaunchRunWork> {
  const items = await claimDefaultWork(db);
  const launch = items.map(({ payload }) => payload as LaunchRunWork).find((work) => work.runId === runId);
  if (launch === undefined) throw new Error(`No work was left to launch run ${runId}`);
  return launch;
}

/** For tests: what a worker of a first attempt says of itself. */
export const TEST_WORKER = { attempt: 1, workerId: "w7", place: "7@host", codeDigest: "abc" };

/** For tests: lets agent `agent-1` take all work of the default queue. */
export function claimDefaultWork(db: Db): Promise<ClaimedWork[]> {
  return claimWork(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "agent-1",
    queues: ["default"],
    max: 1_000,
  });
}

/** For tests: a run whose worker has begun; its id. */
export async function startTestRun(db: Db): Promise<string> {
  const { id } = await launchAndDequeue(db);
  await claimDefaultWork(db);
  await startAttempt(db, { ...TEST_WORKER, runId: id });
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  return id;
}

/** For tests: a run whose worker began and was not heard of for an hour; its id. */
export async function loseTestRun({ db, advance }: SimulatedDatabase): Promise<string> {
  const id = await startTestRun(db);
  await advance(3_600);
  await failLostAttempts(db, TEST_DEPLOYMENT);
  return id;
}

/** For tests: the types of a run's events, in their order. */
export async function listEventTypes(db: Db, runId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("run_event")
    .select("type")
    .where("run_id", "=", runId)
    .orderBy("position")
    .execute();
  return rows.map(({ type }) => type);
}

/** For tests: what the worker of a `hello` run tells of its first step, which succeeds. */
export const GREETED: readonly RunEvent[] = [
  { type: "STEP_START", stepKey: "greet", attempt: 1, timestamp: 1, message: "" },
  {
    type: "STEP_OUTPUT",
    stepKey: "greet",
    outputName: "result",
    mappingKey: null,
    metadata: {},
    timestamp: 2,
    message: "",
  },
  { type: "STEP_SUCCESS", stepKey: "greet", durationMs: 1, timestamp: 3, message: "" },
];

type LifeEvent = Exclude<Extract<RunEvent["type"], `RUN_${string}`>, "RUN_FAILURE" | "RUN_SUSPENDED">;

/** For tests: an event of a run's life. */
export function lifeEvent(type: LifeEvent, timestamp = Date.now()): RunEvent {
  return { type, timestamp, message: type };
}

/** For tests: a log message. */
export function logEvent(message: string): RunEvent {
  return { type: "LOG", timestamp: Date.now(), message, stepKey: null, level: "INFO" };
}
