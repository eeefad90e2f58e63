import type { TickAnswer } from "@millrace/model/runs/work-item";
import type { CodeServerClient } from "../launchers/code-server-client.ts";
import type * as askForTick from "../locations/ask-for-tick.ts";
import type { Evaluated } from "./crash-guard.ts";
import type { WorkContext } from "./work-handler.ts";

/** Loaded with the first tick: message classes cost an agent without schedules and sensors nothing. */
type Asking = typeof askForTick;

/**
 * Asks the code server of a location what one tick of a schedule or sensor wants.
 *
 * @param token with which its code sees the deployment; null: the control plane is too old to have given one.
 */
export async function evaluateTick(
  { locations, crashes, agentApiUrl }: WorkContext,
  of: Evaluated,
  token: string | null,
  signal: AbortSignal,
  ask: (
    asking: Asking,
    client: CodeServerClient,
    deployment: askForTick.DeploymentAccess | null,
  ) => Promise<TickAnswer>,
): Promise<TickAnswer> {
  const deployment = token === null ? null : { agentApiUrl, token };
  return crashes.evaluate(
    of,
    () => locations.getAnswering(of.locationName, signal),
    async ({ client }) => ask(await import("../locations/ask-for-tick.ts"), client, deployment),
  );
}
