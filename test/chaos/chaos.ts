import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Db } from "@millrace/control-plane/database/connect";
import { createLogFolder } from "@millrace/control-plane/logs/storage/log-folder";
import { systemIds } from "@millrace/model/randomness";
import { createRandom } from "@millrace/control-plane/simulation/random";
import { sql } from "kysely";
import { createProject } from "../system/project.ts";
import { CHAOS_FILES, CHAOS_LIMITS } from "./chaos-project.ts";
import { LOCATIONS, putChaosLoad } from "./chaos-load.ts";
import { checkChaosBackfills, putBackfills } from "./chaos-backfills.ts";
import { checkTicks, countTicks, stopTicks } from "./chaos-ticks.ts";
import { startChaosStack, type ChaosStack } from "./chaos-stack.ts";
import { checkExecutions, type Finding } from "./check-executions.ts";
import { checkHomes, checkStored } from "./check-stored.ts";
import { doHarm } from "./harm.ts";
import { listExecutions, readDeeds } from "./proof.ts";
import { createUser, type User } from "./user.ts";

/** How long, how hard, and with which choices. */
export interface ChaosOptions {
  readonly seed: number;
  /** Seconds in which harm is done; until all is at rest again it takes longer. */
  readonly seconds: number;
  /** Milliseconds between two launches, on the average. Default: 400. */
  readonly launchEveryMs?: number;
  /** Milliseconds between two backfills, on the average. Default: 15,000. */
  readonly backfillEveryMs?: number;
  /** Milliseconds between two harms, on the average. Default: 1,200. */
  readonly harmEveryMs?: number;
}

/** What was done, and what came of it. */
export interface ChaosReport {
  readonly harm: Readonly<Record<string, number>>;
  /** Questions of users that got no answer at first, by what was said. */
  readonly unanswered: Readonly<Record<string, number>>;
  readonly restSeconds: number;
  /** Ticks of schedules and sensors. */
  readonly ticks: number;
  /** Processes that were killed. */
  readonly kills: number;
  /** Runs, whoever launched them. */
  readonly runs: number;
  readonly findings: readonly Finding[];
}

/** After the last harm: longer than the lease of a worker that nobody hears, with room for what waits in the queue. */
const REST_WITHIN_SECONDS = 180;
const LOOK_EVERY_MS = 250;

/**
 * Runs two replicas on one PostgreSQL and two agents, launches runs all the time, kills everything again and again, and holds what
 * came of it against what must hold: nothing lost, nothing doubled, limits never exceeded.
 *
 * @throws when all does not come to rest.
 */
export async function runChaos({
  seed,
  seconds,
  launchEveryMs = 400,
  backfillEveryMs = 15_000,
  harmEveryMs = 1_200,
}: ChaosOptions): Promise<ChaosReport> {
  const project = createProject(CHAOS_FILES);
  const stack = await startChaosStack();
  const db = connect(stack.database.url, { maxConnections: 1 });
  try {
    const user = createUser(stack.userUrl);
    await prepare(stack, user, project.folder);
    const failed = new AbortController();
    const over = AbortSignal.any([failed.signal, AbortSignal.timeout(seconds * 1_000)]);
    const load = putChaosLoad(user, seed, launchEveryMs, over);
    const backfilling = putBackfills(user, createRandom(seed, "backfills"), backfillEveryMs, over);
    for (const work of [load, backfilling]) work.catch(() => failed.abort()); // they are awaited below
    const harm = await doHarm(stack, createRandom(seed, "harm"), harmEveryMs, over);
    const record = await load;
    const backfills = await backfilling;
    await stopTicks(user);
    const restSeconds = await awaitRest(db, stack);
    const executions = listExecutions(readDeeds(stack.proof));
    const { runs, findings: ofStored } = await checkStored(
      db,
      record,
      backfills,
      harm,
      executions,
      createLogFolder(stack.logs, systemIds),
    );
    return {
      ticks: await countTicks(db),
      kills: harm.killed.size + harm.killedMembers,
      runs: runs.length,
      harm: Object.fromEntries(harm.counts),
      unanswered: Object.fromEntries(user.failures),
      restSeconds,
      findings: [
        ...checkExecutions(executions, record, runs),
        ...ofStored,
        ...(await checkTicks(db)),
        await checkChaosBackfills(db, backfills),
        checkHomes(stack.agentHomes),
        await checkShown(user),
      ],
    };
  } finally {
    await db.destroy();
    await stack.stop();
    project.remove();
  }
}

async function prepare(
  stack: Awaited<ReturnType<typeof startChaosStack>>,
  user: User,
  folder: string,
): Promise<void> {
  const set = `mutation ($settings: JSON!) { setDeploymentSettings(settings: $settings) { __typename } }`;
  await user.ask(set, { settings: CHAOS_LIMITS });
  for (const [name, queue] of Object.entries(LOCATIONS)) {
    const document = { workingDirectory: folder, entry: "src/definitions.ts", queue };
    const add = `mutation ($name: String!, $document: JSON!) { setCodeLocation(name: $name, document: $document) { __typename } }`;
    await user.ask(add, { name, document });
  }
  const { createAgentToken } = await user.ask<{ createAgentToken: { token: string } }>(
    `mutation { createAgentToken(name: "chaos") { token } }`,
  );
  stack.startAgents(createAgentToken.token);
  for (;;) {
    const { codeLocations } = await user.ask<{ codeLocations: LoadedLocation[] }>(
      `{ codeLocations { serving { revision } latest { error } } }`,
    );
    const failed = codeLocations.find(({ latest }) => latest?.error);
    if (failed) throw new Error(`The project can't be loaded: ${failed.latest?.error?.message}`);
    if (codeLocations.every(({ serving }) => serving !== null)) return;
    await sleep(LOOK_EVERY_MS);
  }
}

interface LoadedLocation {
  readonly serving: object | null;
  readonly latest: { readonly error: { readonly message: string } | null } | null;
}

/** Waits until nothing is under way and every journal is gone. Answers how many seconds that took. */
async function awaitRest(db: Db, stack: ChaosStack): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const left = await listUnrest(db).catch((error: unknown) => [String(error)]);
    left.push(...checkHomes(stack.agentHomes).broken);
    const spent = (performance.now() - startedAt) / 1_000;
    if (left.length === 0) return Math.round(spent);
    if (spent > REST_WITHIN_SECONDS)
      throw new Error(`It does not come to rest; what is left:\n${left.join("\n")}`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function listUnrest(db: Db): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select 'run ' || id || ' ' || status || ' attempt ' || attempt as what from run where ended_at is null
    union all
    select 'backfill ' || id || ' ' || status from backfill where ended_at is null
    union all
    select kind || ' ' || name || ' ticks' from instigator where next_due is not null or tick_in_flight is not null
    union all
    select kind || ' ' || idempotency_key || ' ' || state || ' ' || queue from work_item where state in ('pending', 'claimed')`.execute(
    db,
  );
  return rows.map(({ what }) => what);
}

/** What a reader is shown agrees with it. */
async function checkShown(user: User): Promise<Finding> {
  const shown = await user.ask<{ deployment: object; agents: readonly { state: string }[] }>(
    `{ deployment { activeRuns queuedRuns unreachableRuns } agents { state } }`,
  );
  const expected = {
    deployment: { activeRuns: 0, queuedRuns: 0, unreachableRuns: 0 },
    agents: [{ state: "running" }, { state: "running" }],
  };
  const broken = JSON.stringify(shown) === JSON.stringify(expected) ? [] : [JSON.stringify(shown)];
  return { check: "the API shows that all is well", kind: "stuck", broken };
}
