import { setTimeout as sleep } from "node:timers/promises";
import { createRandom, type Random } from "@millrace/control-plane/simulation/random";
import type { User } from "./user.ts";

/** A run whose launch was acknowledged. */
export interface Launched {
  readonly id: string;
  readonly key: string;
  readonly jobName: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What users have done. */
export interface LoadRecord {
  readonly launched: Launched[];
  /** Runs that somebody has asked to end. */
  readonly terminated: Set<string>;
}

/** Each location has a queue of its own; the second agent serves both. */
export const LOCATIONS = { shared: "default", own: "extra" } as const;

const LAUNCH = `mutation ($input: LaunchRunInput!) { launchRun(input: $input) {
  __typename ... on LaunchedRun { run { id } } ... on RunConfigInvalid { message } ... on UnknownDefinition { message } } }`;
const TERMINATE = `mutation ($id: ID!) { terminateRun(id: $id) { __typename } }`;
const ASSET_RUN = "assets";
const PATIENT = "patient_job";
const JOBS = [
  "quick_job",
  "chain",
  "chain",
  "apart",
  "apart",
  "flaky_job",
  "broken_job",
  PATIENT,
  "serve",
  "serve",
  ASSET_RUN,
];
/** Users at one time: one who waits for an answer does not hold up the others. */
const USERS = 4;

/**
 * Launches runs until the signal is aborted, and ends some of them. What is launched how is the seed's choice alone.
 *
 * @param meanPauseMs between two launches.
 */
export async function putChaosLoad(
  user: User,
  seed: number,
  meanPauseMs: number,
  signal: AbortSignal,
): Promise<LoadRecord> {
  const record: LoadRecord = { launched: [], terminated: new Set() };
  const users = Array.from({ length: USERS }, (_, index) =>
    beUser(user, `user ${index}`, seed, meanPauseMs * USERS, record, signal),
  );
  await Promise.all(users);
  return record;
}

async function beUser(
  user: User,
  name: string,
  seed: number,
  meanPauseMs: number,
  record: LoadRecord,
  signal: AbortSignal,
): Promise<void> {
  const random = createRandom(seed, name);
  const terminations: Promise<void>[] = [];
  for (let number = 1; ; number++) {
    await pause(random.integer(0, 2 * meanPauseMs), signal);
    if (signal.aborted) break;
    const key = `${name}, ${number}`;
    const jobName = random.pick(JOBS);
    const tags = chooseTags(random, jobName);
    const terminateAfterMs = random.integer(500, 8_000);
    const id = await launch(user, {
      locationName: random.chance(0.3) ? "own" : "shared",
      ...(jobName === ASSET_RUN ? { assetSelection: ["raw", "clean"] } : { jobName }),
      // The key is a tag too, so that a launch that became two runs would show.
      tags: Object.entries({ ...tags, launch: key }).map(([tag, value]) => ({ key: tag, value })),
      idempotencyKey: key,
    });
    record.launched.push({ id, key, jobName, tags });
    if (jobName === PATIENT) terminations.push(terminate(user, id, terminateAfterMs, record, signal));
  }
  await Promise.all(terminations);
}

function chooseTags(random: Random, jobName: string): Record<string, string> {
  return {
    ...(jobName === "serve" ? { customer: random.pick(["big", "small"]) } : {}),
    ...(random.chance(0.4) ? { lane: "slow" } : {}),
    ...(random.chance(0.2) ? { "millrace/priority": String(random.integer(-1, 1)) } : {}),
    ...(random.chance(0.3) ? { "millrace/max_resume_attempts": "3" } : {}),
  };
}

async function launch(user: User, input: object): Promise<string> {
  const { launchRun } = await user.ask<{ launchRun: { run?: { id: string }; message?: string } }>(LAUNCH, {
    input,
  });
  if (launchRun.run === undefined) throw new Error(`A launch was refused: ${launchRun.message}`);
  return launchRun.run.id;
}

/** Ends a run after a while, or when the signal is aborted. */
async function terminate(
  user: User,
  id: string,
  afterMs: number,
  { terminated }: LoadRecord,
  signal: AbortSignal,
): Promise<void> {
  await pause(afterMs, signal);
  terminated.add(id);
  await user.ask(TERMINATE, { id });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
