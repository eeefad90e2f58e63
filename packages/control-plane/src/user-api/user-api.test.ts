import { describe, expect, test } from "vitest";
import { putLogChunk } from "../logs/log-store.ts";
import { TEST_LOGS } from "../testing/memory-log-storage.ts";
import { completeWork } from "../work/settle-work.ts";
import { claimWork } from "../work/work-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { lifeEvent, TEST_DEPLOYMENT, TEST_SETTINGS, TEST_WORK_EFFECTS } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { db, ask, askFor } = await startUserApi();

const LAUNCH = `mutation ($input: LaunchRunInput!) { launchRun(input: $input) { __typename
  ... on LaunchedRun { run { id status jobName tags { key value } worker { state } } }
  ... on RunConfigInvalid { message errors { path message } }
  ... on UnknownDefinition { message } } }`;

async function launch(input: Record<string, unknown>): Promise<string> {
  const { launchRun } = (await askFor(LAUNCH, { input })) as { launchRun: { run: { id: string } } };
  return launchRun.run.id;
}

describe("runs", () => {
  test("a run from launch to success, as its page reads it", async () => {
    const id = await launch({ jobName: "hello", tags: [{ key: "a", value: "b" }] });
    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    await startAttempt(db, { runId: id, attempt: 1, workerId: "w42", place: "42@box", codeDigest: null });
    const events = [
      lifeEvent("RUN_START"),
      { type: "STEP_START", stepKey: "greet", attempt: 1, timestamp: 5, message: "" },
      lifeEvent("RUN_SUCCESS"),
    ];
    await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });
    await putLogChunk(
      { db, logs: TEST_LOGS },
      {
        runId: id,
        attempt: 1,
        stream: "stdout",
        offset: 0,
        bytes: Buffer.from("hällo"),
      },
    );

    const { run } = await askFor(
      `query ($id: ID!) { run(id: $id) { status jobName runConfig tags { key value } worker { place state } startedAt
        events(levels: ["INFO"]) { nodes { position type timestamp event } lastPosition hasMore }
        steps { key state upstream attempts } logs(stream: STDOUT, maxBytes: 6) { text fromByte nextByte size } } }`,
      { id },
    );

    expect(run).toMatchObject({
      status: "SUCCESS",
      runConfig: { ops: { greet: { config: { year: 2001 } } } },
      tags: [{ key: "a", value: "b" }],
      worker: { place: "42@box", state: "ended" },
      startedAt: expect.stringMatching(/^20.*Z$/),
      events: { lastPosition: 4, hasMore: false },
      steps: [
        { key: "greet", state: "abandoned", upstream: [], attempts: 1 },
        { key: "wave", state: "skipped", upstream: ["greet"] },
      ],
      logs: { text: "hällo", fromByte: 0, nextByte: 6, size: 6 },
    });
    const { nodes } = (run as { events: { nodes: { type: string; event: unknown }[] } }).events;
    expect(nodes.map(({ type }) => type)).toEqual([
      "RUN_ENQUEUED",
      "RUN_STARTING",
      "RUN_START",
      "STEP_START",
      "RUN_SUCCESS",
    ]);
    expect(nodes[3]?.event).toEqual(events[1]);
  });

  test("a list with filters, page by page", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index++)
      ids.push(await launch({ jobName: "hello", tags: [{ key: "page", value: "x" }] }));
    const query = `query ($filter: RunsFilter, $after: ID) { runs(filter: $filter, after: $after, limit: 2) { nodes { id worker { place } } hasMore } }`;
    const filter = {
      tags: [{ key: "page", value: "x" }],
      statuses: ["STARTING"],
      createdAfter: "2020-01-01T00:00:00Z",
    };

    const first = (await askFor(query, { filter })) as {
      runs: { nodes: { id: string }[]; hasMore: boolean };
    };
    const second = await askFor(query, { filter, after: first.runs.nodes[1]?.id });

    expect(first.runs).toEqual({
      nodes: [
        { id: ids[2], worker: { place: null } },
        { id: ids[1], worker: { place: null } },
      ],
      hasMore: true,
    });
    expect(second).toEqual({ runs: { nodes: [{ id: ids[0], worker: { place: null } }], hasMore: false } });
    expect(await askFor(query, { filter: { partitionKey: "none" } })).toMatchObject({ runs: { nodes: [] } });
    expect(await askFor(query, { filter: { jobName: "none" } })).toEqual({
      runs: { nodes: [], hasMore: false },
    });
  });

  test("expected failures are members of the result", async () => {
    expect(
      await askFor(LAUNCH, {
        input: { jobName: "hello", runConfig: { ops: { greet: { config: { year: "x" } } } } },
      }),
    ).toMatchObject({
      launchRun: { __typename: "RunConfigInvalid", errors: [{ path: "ops.greet.config.year" }] },
    });
    expect(await askFor(LAUNCH, { input: { jobName: "nope" } })).toMatchObject({
      launchRun: { __typename: "UnknownDefinition", message: expect.stringContaining("nope") },
    });
    const again = `mutation ($id: ID!) { reexecuteRun(id: $id) { __typename ... on LaunchedRun { run { parentRunId rootRunId } } } }`;
    const id = await launch({ jobName: "hello" });
    expect(await askFor(again, { id })).toEqual({
      reexecuteRun: { __typename: "LaunchedRun", run: { parentRunId: id, rootRunId: id } },
    });
    expect(await askFor(again, { id: "no-id" })).toEqual({
      reexecuteRun: { __typename: "UnknownDefinition" },
    });
  });

  test("re-executing a part of a run: the new run, or why not", async () => {
    const again = `mutation ($id: ID!, $steps: [String!]) {
      reexecuteRun(id: $id, strategy: SELECTED_STEPS, stepSelection: $steps, includeDownstream: true) {
        __typename ... on LaunchedRun { run { stepSelection } } } }`;
    const failure = `mutation ($id: ID!) { reexecuteRun(id: $id, strategy: FROM_FAILURE) { __typename ... on RunNotReexecutable { code } } }`;
    const id = await launch({ jobName: "hello" });

    expect(await askFor(again, { id, steps: ["greet"] })).toEqual({
      reexecuteRun: { __typename: "LaunchedRun", run: { stepSelection: ["greet", "wave"] } },
    });
    expect(await askFor(failure, { id })).toEqual({
      reexecuteRun: { __typename: "RunNotReexecutable", code: "run_not_failed" },
    });
  });

  test("terminating: the run, or why not", async () => {
    const id = await launch({ jobName: "hello" });
    const terminate = `mutation ($id: ID!) { terminateRun(id: $id) { __typename ... on Run { status } ... on RunAlreadyFinished { status } } }`;

    expect(await askFor(terminate, { id })).toEqual({
      terminateRun: { __typename: "Run", status: "CANCELED" },
    });
    expect(await askFor(terminate, { id })).toEqual({
      terminateRun: { __typename: "RunAlreadyFinished", status: "CANCELED" },
    });
    expect(await askFor(terminate, { id: "no-id" })).toEqual({
      terminateRun: { __typename: "UnknownDefinition" },
    });
  });

  test("a run that is not there is null", async () => {
    expect(await askFor(`{ run(id: "no-id") { id } }`)).toEqual({ run: null });
  });
});

describe("definitions", () => {
  test("a location with all it defines", async () => {
    const { codeLocations } =
      await askFor(`{ codeLocations { name revision assetCount serving { state } latest { state error }
      jobs { name implicit partitioned steps { key } configSchema defaultConfig } schedules { name cron locationName }
      sensors { name kind } resources { name configSchema environmentVariables } } }`);

    expect(codeLocations).toMatchObject([
      {
        name: "shop",
        assetCount: 3,
        serving: { state: "ready" },
        jobs: [
          { name: "__ASSET_JOB", implicit: true },
          { name: "sales_job" },
          { name: "hello", steps: [{ key: "greet" }, { key: "wave" }] },
        ],
        schedules: [{ name: "nightly", cron: ["0 3 * * *"], locationName: "shop" }],
        sensors: [{ name: "watch" }, { name: "on_orders" }],
        resources: [{ name: "db", configSchema: { type: "object" }, environmentVariables: ["DB_URL"] }],
      },
    ]);
    expect(
      await askFor(
        `{ jobs { name } job(locationName: "shop", name: "nope") { name } schedules { name } sensors { name } }`,
      ),
    ).toEqual({
      jobs: [{ name: "__ASSET_JOB" }, { name: "sales_job" }, { name: "hello" }],
      job: null,
      schedules: [{ name: "nightly" }],
      sensors: [{ name: "watch" }, { name: "on_orders" }],
    });
  });

  test("a tick is evaluated by an agent and its outcome asked for", async () => {
    const { evaluateSchedule } = (await askFor(
      `mutation { evaluateSchedule(locationName: "shop", name: "nightly", at: "2024-03-01T03:00:00Z") { id state } }`,
    )) as { evaluateSchedule: { id: string; state: string } };
    expect(evaluateSchedule.state).toBe("pending");

    const work = await claimWork(db, {
      deploymentId: TEST_DEPLOYMENT,
      agentId: "a",
      queues: ["default"],
      max: 100,
    });
    expect(work.find(({ id }) => id === evaluateSchedule.id)?.payload).toEqual({
      kind: "evaluate_schedule",
      locationName: "shop",
      scheduleName: "nightly",
      scheduledAt: "2024-03-01T03:00:00.000Z",
      lastTickAt: null,
      tickToken: expect.stringMatching(/^mrt_/),
    });
    const poll = () =>
      askFor(`query ($id: ID!) { tickEvaluation(id: $id) { state result error } }`, {
        id: evaluateSchedule.id,
      });
    expect(await poll()).toMatchObject({ tickEvaluation: { state: "pending" } });

    await completeWork(
      db,
      TEST_WORK_EFFECTS,
      { deploymentId: TEST_DEPLOYMENT, agentId: "a", id: evaluateSchedule.id },
      { skipReason: "nothing to do" },
    );
    expect(await poll()).toEqual({
      tickEvaluation: {
        state: "done",
        result: expect.objectContaining({ skipReason: "nothing to do" }),
        error: null,
      },
    });
  });
});

describe("assets", () => {
  test("the list, the page and the graph say the same", async () => {
    const id = await launch({ assetSelection: ["orders"] });
    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    const asset = {
      assetKey: "orders",
      stepKey: "orders",
      partition: null,
      metadata: { rows: { type: "int", value: 1 } },
      message: "",
    };
    const events = [
      lifeEvent("RUN_START"),
      { ...asset, type: "ASSET_MATERIALIZATION", tags: { k: "v" }, dataVersion: "1", timestamp: 1_000 },
      {
        ...asset,
        type: "ASSET_CHECK_EVALUATION",
        checkName: "not_empty",
        passed: true,
        severity: "ERROR",
        blocking: true,
        timestamp: 2_000,
      },
    ];
    await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });

    const {
      assets,
      asset: page,
      assetGraph,
    } = await askFor(`{
      assets(search: "orders", limit: 2) { hasMore nodes { key state group partitions { kind count materialized keys(after: "tue") { nodes { key state } cursor } } } }
      asset(key: "orders") { defined kinds owners dependents jobs state materializationCount activeRun { id } source { line }
        latestMaterialization { runId metadata tags dataVersion timestamp } events { nodes { kind } hasMore }
        checks { name blocking latestEvaluation { passed runId } evaluations { severity } } }
      assetGraph { key state dependencies partitioned executable lastMaterializedAt checks { passed unknown } } }`);

    expect(assets).toEqual({
      hasMore: true,
      nodes: [
        {
          key: "daily_orders",
          state: "missing",
          group: "sales",
          partitions: {
            kind: "static",
            count: 3,
            materialized: 0,
            keys: {
              nodes: [
                { key: "tue", state: "missing" },
                { key: "mon", state: "missing" },
              ],
              cursor: null,
            },
          },
        },
        { key: "orders", state: "materialized", group: "sales", partitions: null },
      ],
    });
    expect(page).toMatchObject({
      defined: true,
      kinds: ["duckdb"],
      dependents: ["daily_orders"],
      jobs: ["sales_job"],
      materializationCount: 1,
      activeRun: { id },
      latestMaterialization: {
        runId: id,
        metadata: asset.metadata,
        tags: { k: "v" },
        timestamp: "1970-01-01T00:00:01.000Z",
      },
      events: { nodes: [{ kind: "materialization" }], hasMore: false },
      checks: [
        {
          name: "not_empty",
          blocking: true,
          latestEvaluation: { passed: true, runId: id },
          evaluations: [{ severity: "ERROR" }],
        },
      ],
    });
    expect(assetGraph).toContainEqual({
      key: "orders",
      state: "materialized",
      dependencies: [],
      partitioned: false,
      executable: true,
      lastMaterializedAt: "1970-01-01T00:00:01.000Z",
      checks: { passed: 1, unknown: 0 },
    });
  });
});

describe("the deployment", () => {
  test("settings are shown with their defaults, and checked", async () => {
    const set = `mutation ($settings: JSON!) { setDeploymentSettings(settings: $settings) { __typename ... on InvalidInput { message } ... on Deployment { settings } } }`;

    expect(await askFor(set, { settings: { max_runs: 3 } })).toMatchObject({
      setDeploymentSettings: { __typename: "InvalidInput", message: expect.stringContaining("max_runs") },
    });
    expect(await askFor(set, { settings: { max_concurrent_runs: 3 } })).toMatchObject({
      setDeploymentSettings: { __typename: "Deployment", settings: { max_concurrent_runs: 3 } },
    });
    expect(await askFor(`{ version deployment { name queuedRuns activeRuns } }`)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      deployment: { name: "default", queuedRuns: expect.any(Number) },
    });
  });

  test.each([
    { name: "a\nb", queues: null },
    { name: "ci", queues: ["a\u202eb"] },
  ])("agent tokens: %j can't be shown as it is, and is refused", async (variables) => {
    const document = `mutation ($name: String!, $queues: [String!]) { createAgentToken(name: $name, queues: $queues) { token } }`;

    const { errors } = await ask(document, variables);

    expect(errors).toMatchObject([{ message: expect.stringContaining("without control characters") }]);
  });

  test("agent tokens: the secret is shown once", async () => {
    const { createAgentToken } = (await askFor(
      `mutation { createAgentToken(name: "ci") { token agentToken { id name } } }`,
    )) as {
      createAgentToken: { token: string; agentToken: { id: string } };
    };
    const { id } = createAgentToken.agentToken;

    expect(createAgentToken.token).toMatch(/^mra_[\w-]{43}$/);
    expect(await askFor(`mutation ($id: ID!) { revokeAgentToken(id: $id) }`, { id })).toEqual({
      revokeAgentToken: true,
    });
    expect(await askFor(`{ agents { id } agentTokens { id revokedAt } }`)).toEqual({
      agents: [],
      agentTokens: [{ id, revokedAt: expect.any(String) }],
    });
  });
});
