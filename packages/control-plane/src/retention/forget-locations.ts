import { sql } from "kysely";
import type { DaemonContext } from "../daemons/daemon.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { deleteInBatches } from "./delete-in-batches.ts";

/** Deletes code locations that were removed so many days ago, and their versions, as far as no run names them any more. */
export async function forgetRemovedLocations(
  context: Pick<DaemonContext, "db" | "holdPlace">,
  deploymentId: string,
  days: number,
): Promise<void> {
  const isRemoved = sql`deployment_id = ${deploymentId} and removed_at < now() - ${days} * interval '1 day'`;
  await inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    await sql`update code_location set serving_version_id = null where ${isRemoved} and serving_version_id is not null`.execute(
      trx,
    );
  });
  await deleteInBatches(
    context,
    "location_version",
    sql`location_id in (select id from code_location where ${isRemoved})
      and not exists (select from run where run.location_version_id = location_version.id)`,
  );
  await deleteInBatches(
    context,
    "code_location",
    sql`${isRemoved} and not exists (select from location_version v where v.location_id = code_location.id)`,
  );
}
