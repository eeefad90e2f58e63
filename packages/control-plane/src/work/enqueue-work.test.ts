import { expect, test } from "vitest";
import type { Work } from "@millrace/model/runs/work-item";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { enqueueWork } from "./enqueue-work.ts";
import { claimWork } from "./work-store.ts";

const { db, advance, setTime } = await createSimulatedDatabase();
const work: Work = { kind: "terminate_run", runId: "r", attempt: 1, graceSeconds: 1 };
const YEAR_MS = 365 * 24 * 3_600_000;

test.each([
  ["behind", -10],
  ["ahead of", 10],
])("work can be done in the time it has, also when the database's clock is %s ours", async (_, years) => {
  await setTime(Date.now() + years * YEAR_MS);
  const claim = () => claimWork(db, { deploymentId: "default", agentId: "a", queues: ["default"], max: 10 });
  const item = { deploymentId: "default", queue: "default", work, withinSeconds: 300 };
  const inTime = await enqueueWork(db, { ...item, key: `in time ${years}` });

  await advance(299);
  const claimed = await claim();
  await enqueueWork(db, { ...item, key: `too late ${years}` });
  await advance(300);

  expect(claimed.map(({ id }) => id)).toEqual([inTime]);
  expect(await claim()).toEqual([]);
});
