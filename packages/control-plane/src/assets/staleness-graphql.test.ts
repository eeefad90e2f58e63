import { expect, test } from "vitest";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { tickStaleness } from "../testing/tick-staleness.ts";
import { launchAndDequeue, lifeEvent } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { db, askFor } = await startUserApi();

test("assets say whether they are up to date and why not, as a whole and by partition", async () => {
  const { id: runId } = await launchAndDequeue(db);
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  const details = { type: "ASSET_MATERIALIZATION", metadata: {}, tags: {}, stepKey: "s", message: "" };
  const provenance = { codeVersion: runId, isUserProvided: false };
  const made = (dataVersion: string) => ({
    ...details,
    assetKey: "daily_orders",
    dataVersion,
    timestamp: 2,
    provenance: { ...provenance, inputDataVersions: { orders: dataVersion, customers: "c" } },
  });
  const events = [
    lifeEvent("RUN_START"),
    {
      ...details,
      assetKey: "orders",
      partition: null,
      dataVersion: "v2",
      timestamp: 1,
      provenance: { ...provenance, inputDataVersions: {} },
    },
    { ...made("v1"), partition: "mon" },
    { ...made("v2"), partition: "tue" },
  ];
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events });
  await db.insertInto("asset").values({ deployment_id: "default", key: "gone" }).execute();

  const ofPartitions = `asset(key: "daily_orders") { staleStatus partitions { stale } }`;
  expect(await askFor(`{ ${ofPartitions} }`)).toEqual({
    asset: { staleStatus: null, partitions: { stale: null } },
  });
  await tickStaleness(db);
  const answer = await askFor(`{
    assetGraph { key staleStatus stalePartitions staleCauses { category } }
    asset(key: "daily_orders") {
      whole: staleStatus
      mon: staleStatus(partitionKey: "mon") tue: staleStatus(partitionKey: "tue") wed: staleStatus(partitionKey: "wed")
      staleCauses(partitionKey: "mon") { key category reason dependency }
      partitions { stale keys { nodes { key staleStatus staleCauses { category } } } } }
    gone: asset(key: "gone") { staleStatus staleCauses { reason } } }`);

  expect(answer).toEqual({
    assetGraph: ["daily_orders", "orders", "raw/orders"].map((key) => ({
      key,
      staleStatus: key === "daily_orders" ? "STALE" : "FRESH",
      stalePartitions: key === "daily_orders" ? 2 : null,
      staleCauses: [],
    })),
    asset: {
      whole: "STALE",
      mon: "STALE",
      tue: "STALE",
      wed: "MISSING",
      staleCauses: [
        {
          key: "daily_orders",
          category: "DEPENDENCIES",
          reason: 'It does not depend on "customers" any more',
          dependency: "customers",
        },
        {
          key: "daily_orders",
          category: "DATA",
          reason: 'The upstream asset "orders" has new data',
          dependency: "orders",
        },
      ],
      partitions: {
        stale: 2,
        keys: {
          nodes: [
            { key: "wed", staleStatus: "MISSING", staleCauses: [] },
            { key: "tue", staleStatus: "STALE", staleCauses: [{ category: "DEPENDENCIES" }] },
            {
              key: "mon",
              staleStatus: "STALE",
              staleCauses: [{ category: "DEPENDENCIES" }, { category: "DATA" }],
            },
          ],
        },
      },
    },
    gone: { staleStatus: null, staleCauses: [] },
  });
});
