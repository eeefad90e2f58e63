import { execute } from "../../graphql/client.ts";
import { LaunchBackfillDocument, type LaunchBackfillInput } from "../../backfills/backfills.gen.ts";
import { LaunchRunDocument, type LaunchRunInput } from "../runs.gen.ts";

/** What was launched, or why nothing was. */
export interface LaunchOutcome {
  readonly launched: { readonly runId: string } | { readonly backfillId: string } | null;
  readonly refusal: string | null;
}

/** Launches a run. */
export async function launchOne(input: LaunchRunInput): Promise<LaunchOutcome> {
  const { launchRun: result } = await execute(LaunchRunDocument, { input });
  return result.__typename === "LaunchedRun"
    ? { launched: { runId: result.run.id }, refusal: null }
    : { launched: null, refusal: result.message };
}

/** Begins to make many partitions, in runs of their own. */
export async function launchMany(input: LaunchBackfillInput): Promise<LaunchOutcome> {
  const { launchBackfill: result } = await execute(LaunchBackfillDocument, { input });
  return result.__typename === "LaunchedBackfill"
    ? { launched: { backfillId: result.backfill.id }, refusal: null }
    : { launched: null, refusal: result.message };
}
