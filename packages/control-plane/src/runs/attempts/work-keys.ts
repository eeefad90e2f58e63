import { sql, type RawBuilder } from "kysely";

const [LAUNCH, TERMINATE] = ["launch_run:", "terminate_run:"] as const;

/** The key of the work item that launches an attempt: there is one for each attempt, however often it is left. */
export function launchKey(runId: string, attempt: number): string {
  return `${LAUNCH}${runId}.${attempt}`;
}

/** The key of the work item that stops the worker of an attempt. */
export function terminateKey(runId: string, attempt: number): string {
  return `${TERMINATE}${runId}.${attempt}`;
}

/** In a statement: the same of each row of `runs`, by its `id` and `attempt`. */
export function launchKeyOfRow(runs: string): RawBuilder<string> {
  return keyOfRow(LAUNCH, runs);
}

/** As `launchKeyOfRow`. */
export function terminateKeyOfRow(runs: string): RawBuilder<string> {
  return keyOfRow(TERMINATE, runs);
}

function keyOfRow(kind: string, runs: string): RawBuilder<string> {
  return sql`${kind}::text || ${sql.ref(`${runs}.id`)} || '.' || ${sql.ref(`${runs}.attempt`)}`;
}
