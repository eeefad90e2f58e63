import { sql, type RawBuilder } from "kysely";
import { topics } from "@millrace/model/topic";
import { notifications } from "../wake/notify-change.ts";

/**
 * In a `from` clause: the attempts of a deployment that hold the slots of runs which have ended without their workers, see
 * `endStuckCancellations`.
 */
export const outlivingAttempts = (deploymentId: string): RawBuilder<unknown> => sql`(
  select run_id, attempt from run_attempt
  where deployment_id = ${deploymentId} and outlives_run_since is not null and state in ('assigned', 'running'))`;

/** In the `returning` clause of a statement that ends an attempt: tells the queue of a slot that outlived its run. */
export const tellFreedSlot = (deploymentId: string): RawBuilder<unknown> =>
  sql`case when outlives_run_since is not null then ${notifications([topics.runs(deploymentId)])} end`;
