import { ReexecuteRunDocument } from "../connection/documents.gen.ts";
import { requireDone } from "../connection/require-done.ts";
import type { UserApi } from "../connection/user-api.ts";
import { InvalidRunConfig } from "../errors/client-error.ts";

/** What of a run to execute again. */
export interface ReexecuteOptions {
  /**
   * `ALL_STEPS`: all that it was to execute. `FROM_FAILURE`: what failed, never ended or never started, and what follows; the values of
   * the rest are read from the run. `FROM_ASSET_FAILURE`: the assets and checks that it was to make and did not. Default: `ALL_STEPS`.
   */
  readonly strategy?: "ALL_STEPS" | "FROM_FAILURE" | "FROM_ASSET_FAILURE";
  /** Only these steps, in place of a strategy; `work[x]` is one copy of a mapped step, `work[?]` all. */
  readonly steps?: readonly string[];
  /** With `steps`: all that follows them, too. Default: false. */
  readonly includeDownstream?: boolean;
  /** Ends the waiting for an answer; the run may have been launched. */
  readonly signal?: AbortSignal;
}

/** Launches a run that does again what another one did, and gives its id. @throws UnknownDefinition, InvalidRunConfig, RequestRefused */
export async function reexecuteRun(
  api: UserApi,
  id: string,
  { strategy = "ALL_STEPS", steps, includeDownstream = false, signal }: ReexecuteOptions,
): Promise<string> {
  const { answer } = await api.send(
    ReexecuteRunDocument,
    {
      id,
      strategy: steps === undefined ? strategy : "SELECTED_STEPS",
      stepSelection: steps ? [...steps] : null,
      includeDownstream,
    },
    signal,
  );
  if (answer.__typename === "RunConfigInvalid") throw new InvalidRunConfig(`run ${id}`, answer.errors);
  return requireDone(answer).run.id;
}
