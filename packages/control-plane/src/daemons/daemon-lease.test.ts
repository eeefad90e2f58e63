import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { inTransaction } from "../database/in-transaction.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { releaseDaemonLeases } from "./daemon-lease.ts";
import type { Duty, DeploymentDaemon } from "./daemon.ts";
import { tickOnce } from "./tick-once.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);
const ticked: string[] = [];
beforeEach(async () => {
  ticked.length = 0;
  await sql`truncate daemon_lease`.execute(db);
});

/** A daemon that only one replica may run, and that writes after `duringTick`. */
function createSingle(replica: string, duringTick: () => Promise<void> = async () => {}): Duty {
  const daemon: DeploymentDaemon = {
    name: "retention",
    of: "deployment",
    wokenBy: () => [],
    intervalMs: 1_000,
    runsOn: "one",
    async tick({ holdPlace }, deploymentId) {
      await duringTick();
      await inTransaction(db, async (trx) => {
        await holdPlace(trx);
        ticked.push(`${replica} for ${deploymentId}`);
      });
    },
  };
  return { daemon, deploymentId: "default" };
}

async function endLeases(): Promise<void> {
  await sql`update daemon_lease set lease_until = now() - interval '1 ms'`.execute(db);
}

test("one replica at a time runs it, and goes on running it", async () => {
  const [a, b] = [createSingle("a"), createSingle("b")];

  const outcomes = [
    await tickOnce(a, context, "a"),
    await tickOnce(b, context, "b"),
    await tickOnce(a, context, "a"),
  ].map(({ outcome }) => outcome);

  expect(outcomes).toEqual(["done", "elsewhere", "done"]);
  expect(ticked).toEqual(["a for default", "a for default"]);
});

test("for another deployment another replica may run it", async () => {
  await tickOnce(createSingle("a"), context, "a");
  const elsewhere = { ...createSingle("b"), deploymentId: "branch" } as Duty;

  expect(await tickOnce(elsewhere, context, "b")).toMatchObject({ outcome: "done" });
  expect(ticked).toEqual(["a for default", "b for branch"]);
});

test("another replica takes over when the lease has ended, and the one before can't write any more", async () => {
  const slow = createSingle("a", async () => {
    await endLeases();
    await tickOnce(createSingle("b"), context, "b");
  });

  const report = await tickOnce(slow, context, "a");

  expect(report).toMatchObject({ outcome: "failed", error: { code: "daemon_lease_lost" } });
  expect(ticked).toEqual(["b for default"]);
  expect(await tickOnce(slow, context, "a")).toMatchObject({ outcome: "elsewhere" });
});

test("a replica that has its place back is not the one that lost it", async () => {
  const slow = createSingle("a", async () => {
    await endLeases();
    await tickOnce(createSingle("b"), context, "b");
    await endLeases();
    await tickOnce(createSingle("a again"), context, "a");
  });

  expect(await tickOnce(slow, context, "a")).toMatchObject({ outcome: "failed" });
  expect(ticked).toEqual(["b for default", "a again for default"]);
});

test("a replica that stops leaves its places to others at once", async () => {
  await tickOnce(createSingle("a"), context, "a");
  await releaseDaemonLeases(db, "a");

  expect(await tickOnce(createSingle("b"), context, "b")).toMatchObject({ outcome: "done" });
});

test("of replicas that come at once, one gets the place", async () => {
  const replicas = ["a", "b", "c", "d", "e", "f"];

  const reports = await Promise.all(
    replicas.map((replica) => tickOnce(createSingle(replica), context, replica)),
  );

  expect(reports.filter(({ outcome }) => outcome === "done")).toHaveLength(1);
  expect(ticked).toHaveLength(1);
});
