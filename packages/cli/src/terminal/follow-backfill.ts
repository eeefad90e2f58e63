import { followTopics } from "millrace-client/internal/connection/follow";
import { CommandError, sayAway, type UserApi } from "../user-api/client.ts";
import { BackfillDocument, type BackfillFieldsFragment } from "../user-api/documents.gen.ts";
import { print } from "./printable.ts";
import { paintStatus } from "./style.ts";

/**
 * Prints how far a backfill is whenever that has changed, until it has ended. A control plane that is away meanwhile is waited for.
 *
 * @throws CommandError unless it has made everything.
 */
export async function followBackfill(api: UserApi, id: string): Promise<void> {
  let printed = "";
  for await (const patient of followTopics(api, ["backfills"], { onAway: sayAway })) {
    const { backfill } = await patient.send(BackfillDocument, { id });
    if (!backfill) throw new CommandError(`There is no backfill ${id} at ${api.url}`);
    const line = describe(backfill);
    if (line !== printed) print(line);
    printed = line;
    if (backfill.endedAt === null) continue;
    if (backfill.status === "COMPLETED_SUCCESS") return;
    const why = backfill.message ? `: ${backfill.message}` : "";
    throw new CommandError(`Backfill ${id} ended ${backfill.status}${why}: ${api.url}/backfills/${id}`);
  }
}

function describe({ status, paused, endedAt, targets }: BackfillFieldsFragment): string {
  const sum = (field: "targeted" | "materialized" | "running" | "failed" | "skipped"): number =>
    targets.reduce((total, target) => total + target[field], 0);
  const parts = [
    `${sum("materialized")} of ${sum("targeted")} made`,
    ...(["running", "failed", "skipped"] as const).flatMap((field) => {
      const count = sum(field);
      return count === 0 ? [] : [`${count} ${field}`];
    }),
  ];
  return `${paintStatus(paused && endedAt === null ? "PAUSED" : status)} ${parts.join(", ")}`;
}
