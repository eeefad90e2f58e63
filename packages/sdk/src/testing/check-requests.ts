import type { RunRequest, TickResult } from "@millrace/model/runs/work-item";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { Clock } from "@millrace/model/time/clock";
import { InvalidConfig } from "../config/invalid-config.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import type { ResolvedDefinitions } from "../definitions/resolved-definitions.ts";
import { InvalidRunRequest } from "../execution/plan/invalid-run-request.ts";
import { planRun } from "../execution/plan/plan-run.ts";
import { parseRunConfigs } from "../execution/resources/parse-run-configs.ts";
import { createRunMemory } from "../execution/scope/run-memory.ts";
import { NO_RUN_ASSETS } from "../execution/scope/run-assets.ts";
import type { Job } from "../jobs/job.ts";

/** What a config lacks because of where the test runs, and not because of what was asked for. */
const NOT_SET = /environment variable \S+ is not set/;

/**
 * Checks the runs that a tick asks for as a launch would: their job, assets, partition and run config.
 *
 * @param jobs Those of the schedule or sensor.
 * @param clock Decides which partitions exist.
 * @throws InvalidRunRequest, InvalidConfig for the first one that would not be launched.
 */
export async function checkRequests(
  { runRequests }: TickResult,
  definitions: ResolvedDefinitions,
  jobs: readonly Job[],
  clock: Clock,
): Promise<void> {
  for (const [index, request] of runRequests.entries()) {
    const job = jobs.find(({ name }) => name === (request.jobName ?? jobs[0]?.name));
    if (job === undefined || isUnknownHere(job, definitions)) continue;
    await checkRequest(request, job, definitions, clock).catch((error: unknown) => {
      if (error instanceof InvalidRunRequest)
        throw new InvalidRunRequest(error.code, `Run request ${index + 1}: ${error.message}`);
      throw error;
    });
  }
}

/** A selection by text means assets that the test may not have given. */
function isUnknownHere({ target }: Job, { assets }: ResolvedDefinitions): boolean {
  if (target.kind === "ops") return false;
  return assets.size === 0 || typeof target.selection === "string";
}

async function checkRequest(
  request: RunRequest,
  job: Job,
  definitions: ResolvedDefinitions,
  clock: Clock,
): Promise<void> {
  const { assetSelection, partitionKey, runConfig, tags } = request;
  const instance = memoryRunInstance();
  const plan = await planRun(
    { definitions, instance, clock },
    { jobName: job.name, assetSelection, partitionKey },
  );
  const scope = {
    run: { runId: "", jobName: ASSET_JOB, tags, runConfig, history: null },
    definitions,
    instance,
    assets: NO_RUN_ASSETS,
    memory: createRunMemory(null),
    storageDirectory: "",
    environment: { variables: process.env, secrets: new Set<string>() },
    clock,
    maySuspend: false,
    letTimePass: clock.sleep,
    random: Math.random,
    signal: new AbortController().signal,
    interruptGraceSeconds: 0,
    sink: () => {},
    writeOutput: () => {},
  };
  await parseRunConfigs(scope, plan).catch((error: unknown) => {
    if (!(error instanceof InvalidConfig)) throw error;
    const issues = error.issues.filter(({ message }) => !NOT_SET.test(message));
    if (issues.length > 0) throw new InvalidConfig("Run config", issues);
  });
}
