import { sql } from "kysely";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import type { CatalogAsset } from "../catalog/asset-catalog.ts";
import { storeAssetChanges } from "../state/asset-state-store.ts";
import { reduceAssetEvents, type AssetEvent, type CheckEvent } from "../state/collect-asset-changes.ts";
import { requireReportable } from "./require-reportable.ts";

/** Who reports, and where. */
export interface Reporter {
  readonly deploymentId: string;
  /** For people, such as `owner` or `sensor new_files`. */
  readonly name: string;
}

/**
 * Stores an event that somebody reports from outside of any run, once: a second report with the key of an earlier one changes
 * nothing.
 *
 * @param key Null: every report is one of its own.
 * @returns whether it is new.
 * @throws UnknownDefinition, InvalidReport
 */
export async function reportAssetEvent(
  db: Db,
  reporter: Reporter,
  event: ReportedEvent,
  key: string | null,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    if (key !== null && !(await claimKey(trx, reporter.deploymentId, key))) return false;
    await storeReportedEvents(trx, reporter, [event]);
    return true;
  });
}

/**
 * Stores events that somebody reports, in the transaction that says that they count. They happen at the transaction's instant, and
 * go the way of what runs make: states, partitions, versions and what sensors are told of follow.
 *
 * @throws UnknownDefinition, InvalidReport; nothing is stored then.
 */
export async function storeReportedEvents(
  trx: Trx,
  { deploymentId, name }: Reporter,
  events: readonly ReportedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const { now, versions } = await readMoment(trx, events.length);
  const assets = await requireReportable(trx, deploymentId, events, now);
  const changes = reduceAssetEvents(
    events.map((event, i) => toAssetEvent(event, assets[i], now, versions[i] ?? null)),
  );
  await storeAssetChanges(trx, { deploymentId, runId: null, reportedBy: name }, changes);
  await notifyChange(trx, topics.assets(deploymentId));
}

/** The transaction's instant in milliseconds since the epoch, and versions that no data has had. */
async function readMoment(
  trx: Trx,
  count: number,
): Promise<{ readonly now: number; readonly versions: readonly string[] }> {
  const { rows } = await sql<{ now: number; versions: string[] }>`
    select extract(epoch from now())::float8 * 1000 as now,
      array(select gen_random_uuid()::text from generate_series(1, ${count}::integer)) as versions`.execute(
    trx,
  );
  return rows[0] ?? { now: 0, versions: [] };
}

/** Takes a key for the transaction; false when another report has it. */
async function claimKey(trx: Trx, deploymentId: string, key: string): Promise<boolean> {
  const { rows } = await sql`
    insert into asset_report (deployment_id, key) values (${deploymentId}, ${key})
    on conflict (deployment_id, key) do nothing returning key`.execute(trx);
  return rows.length > 0;
}

function toAssetEvent(
  event: ReportedEvent,
  asset: CatalogAsset | undefined,
  timestamp: number,
  newVersion: string | null,
): AssetEvent | CheckEvent {
  const { assetKey, partitionKey: partition, metadata, description } = event;
  const common = { assetKey, partition, metadata, timestamp, stepKey: null, message: description ?? "" };
  if (event.kind !== "check") {
    // What is new data as far as anybody can tell has a version of its own.
    const dataVersion = event.dataVersion ?? (event.kind === "materialization" ? newVersion : null);
    const type = event.kind === "materialization" ? "ASSET_MATERIALIZATION" : "ASSET_OBSERVATION";
    return { ...common, type, tags: event.tags, dataVersion, description };
  }
  const { checkName, passed, severity } = event;
  const check = asset?.checks.find(({ name }) => name === checkName);
  return {
    ...common,
    type: "ASSET_CHECK_EVALUATION",
    checkName,
    passed,
    severity,
    blocking: check?.blocking ?? false,
  };
}
