import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { RunEvent } from "@millrace/model/run-event";
import { createAgentApiClient, openAgentApiConnections } from "@millrace/protocol/agent-api-client";
import {
  AppendEventsDocument,
  ClaimWorkDocument,
  RegisterAgentDocument,
  StartAttemptDocument,
} from "@millrace/protocol/agent-api.gen";
import { weigh } from "../test/soak/samples.ts";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";
import type { Bench } from "./bench.ts";
import { measureDagsterIngest } from "./dagster-ingest.ts";
import { percentilesOf } from "./percentiles.ts";

/** Workers that speak at once. */
const WORKERS = [1, 8, 32];
/** Events of a request: as many as a courier sends. */
const BATCH = 500;
const SECONDS = 10;
const PROJECT = {
  "src/definitions.ts": `
    import { definitions, job, op } from "millrace";
    const noop = op("noop", {}, () => {});
    export const defs = definitions({ jobs: [job("one_op", () => { noop(); })] });
  `,
};

const LIMIT = "mutation($settings: JSON!) { setDeploymentSettings(settings: $settings) { __typename } }";

/** What an agent gets to start a worker. */
interface Launch {
  readonly runId: string;
  readonly attempt: number;
  readonly runToken: string;
}

/**
 * Log events of sixty characters from runs into PostgreSQL, through the agent API of a server in a process of its own. Each run is spoken for as
 * its courier does: 500 events a request, the next one once the last was acknowledged. The workers themselves are left out.
 *
 * - `events_per_s`: events that were acknowledged, over the seconds that it took.
 * - `ack_ms`: from sending a request to its answer.
 * - `bytes_per_event`: what the database grew by, with its indexes.
 */
export const bench: Bench = async function* ({ peers }) {
  for (const workers of WORKERS)
    yield { bench: "ingest", system: "millrace", workers, ...(await measure(workers)) };
  if (peers.includes("dagster"))
    for await (const line of measureDagsterIngest()) yield { bench: "ingest", ...line };
};

async function measure(workers: number): Promise<object> {
  const project = createProject(PROJECT);
  const stack = await startStack();
  try {
    const location = await stack.load("bench", project.folder);
    if (location.latest.error) throw new Error(location.latest.error.message);
    await stack.query(LIMIT, { settings: { max_concurrent_runs: workers } });
    await stack.kill("agent", "SIGTERM");
    const launches = await startAttempts(stack, workers);
    const database = join(stack.home, "server/postgres/data/base");
    const before = weigh(database).bytes;
    const acks: number[] = [];
    const startedAt = performance.now();
    const counts = await Promise.all(
      launches.map((launch) => speak(stack, launch, startedAt + SECONDS * 1_000, acks)),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const events = counts.reduce((sum, count) => sum + count, 0);
    return {
      events_per_s: Math.round(events / seconds),
      ack_ms: percentilesOf(acks),
      bytes_per_event: Math.round((weigh(database).bytes - before) / events),
    };
  } finally {
    await stack.stop();
    project.remove();
  }
}

/** Launches runs, claims them as their agent and begins their attempts. */
async function startAttempts(stack: Stack, count: number): Promise<(Launch & { workerId: string })[]> {
  const agentId = randomUUID();
  const client = createAgentApiClient(`${stack.url}/agent/graphql`, stack.token);
  const input = {
    agentId,
    name: "bench",
    kind: "process",
    version: "bench",
    hostname: "bench",
    queues: ["default"],
  };
  await client.send(RegisterAgentDocument, { input });
  await Promise.all(Array.from({ length: count }, () => stack.launch({ jobName: "one_op" })));
  const launches: Launch[] = [];
  while (launches.length < count) {
    const { claimWork } = await client.send(ClaimWorkDocument, {
      agentId,
      queues: input.queues,
      max: count,
      waitMs: 5_000,
    });
    launches.push(...claimWork.map(({ payload }) => payload as Launch));
  }
  client.close();
  return Promise.all(
    launches.map(async (launch) => {
      const workerId = randomUUID();
      const worker = createAgentApiClient(`${stack.url}/agent/graphql`, launch.runToken);
      const { runId, attempt } = launch;
      const { startAttempt } = await worker.send(StartAttemptDocument, {
        input: { runId, attempt, workerId, place: "bench", agentId },
      });
      worker.close();
      if (startAttempt !== "CONTINUE") throw new Error(`Attempt of run ${runId}: ${startAttempt}`);
      return { ...launch, workerId };
    }),
  );
}

/** Sends events of a run until a time of `performance`; how many were acknowledged. */
async function speak(
  stack: Stack,
  { runId, attempt, runToken, workerId }: Launch & { readonly workerId: string },
  until: number,
  acks: number[],
): Promise<number> {
  const url = `${stack.url}/agent/graphql`;
  const client = createAgentApiClient(url, runToken, openAgentApiConnections(url));
  let sequence = 0;
  while (performance.now() < until) {
    const events = Array.from({ length: BATCH }, (_, index) => logEvent(sequence + index));
    const sentAt = performance.now();
    const { appendEvents } = await client.send(AppendEventsDocument, {
      runId,
      attempt,
      workerId,
      firstSequence: sequence,
      events,
    });
    acks.push(performance.now() - sentAt);
    if (appendEvents.nextSequence !== sequence + BATCH)
      throw new Error(`Run ${runId} was to go on with event ${appendEvents.nextSequence}`);
    sequence = appendEvents.nextSequence;
  }
  client.close();
  return sequence;
}

function logEvent(index: number): RunEvent {
  const message = `message number ${index} of the benchmark, about sixty characters`;
  return { type: "LOG", level: "INFO", timestamp: Date.now(), stepKey: "noop", message };
}
