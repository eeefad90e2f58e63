import { followRun } from "../terminal/follow-run.ts";
import { CommandError, type UserApi } from "../user-api/client.ts";
import type { LaunchRunMutation } from "../user-api/documents.gen.ts";
import { refused } from "../user-api/refused.ts";

type Refusal = Exclude<LaunchRunMutation["launchRun"], { readonly __typename: "LaunchedRun" }>;

/** What to tell the user of a run that the control plane did not launch. */
export function refusal(jobName: string | null, result: Refusal): CommandError {
  if (result.__typename === "UnknownDefinition") return refused(result.message);
  const lines = result.errors.map(({ path, message }) =>
    message.startsWith(path) ? message : `${path}: ${message}`,
  );
  return new CommandError(`The run config does not fit ${jobName ?? "the assets"}:\n  ${lines.join("\n  ")}`);
}

/** Prints the id of a run, and with `follow` its events until it ends; a run that does not succeed is the command's error. */
export async function printLaunched(api: UserApi, runId: string, follow: boolean): Promise<void> {
  console.log(runId);
  if (!follow) return;
  const status = await followRun(api, runId, false);
  if (status !== "SUCCESS")
    throw new CommandError(`Run ${runId} ended ${status}: ${new URL(`/runs/${runId}`, api.url)}`);
}
