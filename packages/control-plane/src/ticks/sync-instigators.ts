import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { readNow } from "../database/read-now.ts";
import { findServingSnapshot } from "../locations/serving-snapshot.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { listDefinedInstigators } from "./instigator-rule.ts";
import { holdInstigators, storeInstigators } from "./instigator-store.ts";
import { planInstigators, type KnownInstigator, type PlannedInstigator } from "./plan-instigators.ts";

/**
 * Brings the schedules and sensors that are known in line with what the code locations of a deployment serve now. Looks at those only
 * whose serving version changed since, or that were removed. Safe to run in several replicas at once.
 */
export async function syncInstigators(db: Db, deploymentId: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from code_location where deployment_id = ${deploymentId} and ${isOutdated} order by name`.execute(
    db,
  );
  await forEachAlone(rows, ({ name }) => inTransaction(db, (trx) => syncLocation(trx, deploymentId, name)));
}

const servedVersion = sql`case when removed_at is null then serving_version_id end`;
const isOutdated = sql`instigators_of is distinct from ${servedVersion}`;

async function syncLocation(trx: Trx, deploymentId: string, name: string): Promise<void> {
  const isOfLocation = sql`deployment_id = ${deploymentId} and name = ${name}`;
  // Also those of the name that were removed: another may have taken their place.
  await sql`select from code_location where ${isOfLocation} order by id for no key update`.execute(trx);
  const serving = await findServingSnapshot(trx, deploymentId, name);
  const known = await holdInstigators(trx, deploymentId, name);
  const defined = serving === null ? [] : listDefinedInstigators(serving);
  const planned = planInstigators(known, defined, await readNow(trx));
  const byId = new Map(known.map((instigator) => [instigator.id, instigator]));
  await storeInstigators(
    trx,
    deploymentId,
    name,
    planned.filter((instigator) => isChanged(byId.get(instigator.id ?? ""), instigator)),
  );
  await sql`update code_location set instigators_of = ${servedVersion} where ${isOfLocation}`.execute(trx);
  await notifyChange(trx, topics.ticks(deploymentId), topics.dueTicks(deploymentId));
}

function isChanged(known: KnownInstigator | undefined, { id: _id, ...planned }: PlannedInstigator): boolean {
  if (known === undefined) return true;
  const fields = Object.keys(planned) as (keyof typeof planned)[];
  return fields.some((field) => !isDeepStrictEqual(planned[field], known[field]));
}
