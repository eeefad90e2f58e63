import { follow } from "millrace-client/internal/connection/follow";
import { CommandError, type UserApi } from "../user-api/client.ts";
import { LocationDocument } from "../user-api/documents.gen.ts";

/** How the load of one revision of a code location ended. */
export interface LoadOutcome {
  /** What is wrong with the definitions, for people; null when they loaded. */
  readonly error: string | null;
  /** What is odd about definitions that loaded. */
  readonly warnings: readonly string[];
  /** Whether some version serves now. */
  readonly serving: boolean;
  readonly assetCount: number;
  /** A newer revision came in between; its own load is told of instead. */
  readonly superseded: boolean;
}

/** Waits until a revision of a code location has loaded or failed. */
export async function awaitRevision(
  api: UserApi,
  name: string,
  revision: number,
  signal: AbortSignal,
): Promise<LoadOutcome> {
  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  try {
    for await (const _ of follow(api, ["locations"], either)) {
      const { codeLocation } = await api.send(LocationDocument, { name });
      if (!codeLocation) throw new CommandError(`The code location ${name} was removed`);
      const { latest, serving, assetCount } = codeLocation;
      if (!latest || latest.revision < revision || latest.state === "pending" || latest.state === "starting")
        continue;
      return {
        error: latest.state === "failed" || latest.state === "degraded" ? describe(latest.error) : null,
        warnings: latest.warnings,
        serving: serving !== null,
        assetCount,
        superseded: latest.revision > revision,
      };
    }
  } finally {
    controller.abort();
  }
  throw new CommandError("stopped");
}

function describe(error: unknown): string {
  const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown };
  return String(stack ?? message ?? "unknown error");
}
