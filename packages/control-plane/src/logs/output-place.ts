import { ExpectedError } from "@millrace/model/expected-error";
import type { Db } from "../database/connect.ts";
import { isRunId } from "../runs/run-id.ts";
import type { LogOfAttempt } from "./read-log.ts";

/** Where output is that the control plane never sees. */
export interface OutputPlace {
  /** Such as `s3://BUCKET/PREFIX`. */
  readonly place: string;
  /** Where people see it. */
  readonly link: string | null;
}

/** Output can't be read here: it is in a place of the user's own. */
export class OutputElsewhere extends ExpectedError {
  readonly code = "output_elsewhere";
  constructor(place: string) {
    super(`What this attempt has written is in ${place}, which the control plane can't read`);
  }
}

/** Where an attempt's output is; null: the control plane has it. */
export async function findOutputPlace(
  db: Db,
  { deploymentId, runId, attempt }: Pick<LogOfAttempt, "deploymentId" | "runId" | "attempt">,
): Promise<OutputPlace | null> {
  if (!isRunId(runId)) return null;
  const row = await db
    .selectFrom("run_attempt")
    .select(["output_place as place", "output_link as link"])
    .where("deployment_id", "=", deploymentId)
    .where("run_id", "=", runId)
    .where("attempt", "=", attempt)
    .executeTakeFirst();
  return row === undefined || row.place === null ? null : { place: row.place, link: row.link };
}
