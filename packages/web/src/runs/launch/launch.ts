import { execute } from "../../graphql/client.ts";
import {
  LaunchPartitionsDocument,
  LaunchRunDocument,
  type LaunchPartitionsInput,
  type LaunchRunInput,
} from "../runs.gen.ts";

/** The runs that were launched, or why none was. */
export interface LaunchOutcome {
  readonly runIds: readonly string[];
  readonly refusal: string | null;
}

/** Launches a run. */
export async function launchOne(input: LaunchRunInput): Promise<LaunchOutcome> {
  const { launchRun: result } = await execute(LaunchRunDocument, { input });
  return result.__typename === "LaunchedRun"
    ? { runIds: [result.run.id], refusal: null }
    : { runIds: [], refusal: result.message };
}

/** Launches a range of partitions as runs; the server decides how many. */
export async function launchRuns(input: LaunchPartitionsInput): Promise<LaunchOutcome> {
  const { launchPartitions: result } = await execute(LaunchPartitionsDocument, { input });
  return result.__typename === "LaunchedRuns"
    ? { runIds: result.runs.map(({ id }) => id), refusal: null }
    : { runIds: [], refusal: result.message };
}
