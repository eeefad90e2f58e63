import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import type { DeploymentDaemon } from "./daemon.ts";
import { createDueWatch } from "./due-watch.ts";

const { db, advance } = await createSimulatedDatabase();
await sql`create table due_thing (deployment_id text, kind text, due timestamptz)`.execute(db);
beforeEach(() => sql`truncate due_thing`.execute(db));

function createDaemon(name: "leases" | "timeouts"): DeploymentDaemon {
  return {
    name,
    of: "deployment",
    wokenBy: () => [],
    dues: sql`select deployment_id, due from due_thing where kind = ${name}`,
    intervalMs: 60_000,
    runsOn: "any",
    tick: async () => {},
  };
}

const daemons = [createDaemon("leases"), createDaemon("timeouts")];

async function addDue(deploymentId: string, kind: string, seconds: number): Promise<void> {
  await sql`insert into due_thing values (${deploymentId}, ${kind}, now() + make_interval(secs => ${seconds}))`.execute(
    db,
  );
}

/**
 * What a watch of two deployments does in so many looks, and how long it pauses after each, in milliseconds.
 *
 * @param oversleep milliseconds by which the pause after a look is longer than it should be.
 */
async function watchFor(looks: number, oversleep: (look: number) => number = () => 0): Promise<unknown[]> {
  const stop = new AbortController();
  const log: unknown[] = [];
  let nowMs = 0;
  let look = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    log.push(milliseconds);
    const passed = milliseconds + oversleep(++look);
    nowMs += passed;
    await advance(passed / 1_000);
    if (look === looks) stop.abort();
  };
  const context = createTestContext(db, { clock: { now: () => nowMs, monotonic: () => nowMs, sleep } });
  const watch = createDueWatch(daemons);
  for (const daemon of daemons)
    for (const deploymentId of ["a", "b"])
      watch.add({ daemon, deploymentId }, (wasAway) =>
        log.push(`${daemon.name} of ${deploymentId}${wasAway ? " after an absence" : ""}`),
      );
  await watch.run(context, stop.signal);
  return log;
}

const ALL = ["leases", "timeouts"].flatMap((name) =>
  ["a", "b"].map((deploymentId) => `${name} of ${deploymentId} after an absence`),
);

test("one statement tells what of all daemons is due in all deployments, and when to look again", async () => {
  await addDue("a", "timeouts", 8);
  await addDue("a", "timeouts", 90);
  await addDue("b", "leases", 5.5);

  // What stays due is looked at again soon, and then as seldom as anything.
  expect(await watchFor(4)).toEqual([...ALL, 5_000, 500, "leases of b", 250, "leases of b", 2_250]);
});

test("nothing is due: a look every five seconds, and nobody is woken", async () => {
  expect(await watchFor(3)).toEqual([...ALL, 5_000, 5_000, 5_000]);
});

test("who did not look for long does not hold what fell due against anybody: all are told that it was away", async () => {
  await addDue("a", "leases", 20);

  expect(await watchFor(3, (look) => (look === 1 ? 60_000 : 0))).toEqual([
    ...ALL,
    5_000,
    ...ALL,
    250,
    "leases of a",
    5_000,
  ]);
});
