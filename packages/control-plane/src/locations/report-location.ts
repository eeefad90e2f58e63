import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { LocationError } from "@millrace/model/location-failure";
import { topics } from "@millrace/model/topic";
import type { AgentIdentity } from "../agents/agent-token-store.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { isOfQueues } from "./location-store.ts";
import { InvalidSnapshot, parseDigest } from "./snapshot-store.ts";

/** Warnings kept of a version, and characters of each. */
const MAX_WARNINGS = 50;
const MAX_WARNING_LENGTH = 2_000;

/** What an agent says about one revision of a location. */
export interface LocationReport {
  readonly agentId: string;
  readonly name: string;
  readonly revision: number;
  readonly state: "LOADING" | "LOADED" | "FAILED";
  readonly codeDigest: string | null;
  /** Hexadecimal; the snapshot must have been uploaded. */
  readonly snapshotDigest: string | null;
  /** A LocationError, see @millrace/model/location-failure. */
  readonly error: unknown;
  /** What is odd about the definitions. */
  readonly warnings: readonly string[];
}

/** A report about a location that is not there (any more). */
export class UnknownLocation extends ExpectedError {
  readonly code = "not_found";
}

/**
 * Records how a revision fares. Only one that has loaded takes over serving, and never from a newer one: a broken revision stands
 * beside the last good one, whose definitions go on answering.
 *
 * @param whenServed what other definitions change, in the same transaction.
 * @throws UnknownLocation also for one that is for other queues than the token of the agent.
 * @throws InvalidSnapshot when it is said to be loaded and its snapshot is not there.
 */
export async function reportLocation(
  db: Db,
  { deploymentId, queues }: Pick<AgentIdentity, "deploymentId" | "queues">,
  report: LocationReport,
  whenServed: (trx: Trx, deploymentId: string) => Promise<void>,
): Promise<void> {
  const digest =
    report.state === "LOADED" ? await findUploadedDigest(db, deploymentId, report.snapshotDigest) : null;
  await inTransaction(db, async (trx) => {
    const location = await trx
      .selectFrom("code_location")
      .select("id")
      .where("deployment_id", "=", deploymentId)
      .where("name", "=", report.name)
      .where("removed_at", "is", null)
      .where(isOfQueues(queues))
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!location) throw new UnknownLocation(`There is no code location "${report.name}" (any more)`);
    const { error, retryInMs } = readError(report.error);
    const said = {
      state: report.state.toLowerCase(),
      agent_id: report.agentId,
      error: error === null ? null : JSON.stringify(error),
      retry_at: retryInMs === null ? null : sql<Date>`now() + ${retryInMs} * interval '1 millisecond'`,
      warnings: report.warnings.slice(0, MAX_WARNINGS).map((warning) => warning.slice(0, MAX_WARNING_LENGTH)),
      ...(digest
        ? { snapshot_digest: digest, code_digest: report.codeDigest, loaded_at: sql<Date>`now()` }
        : {}),
    };
    const version = await trx
      .insertInto("location_version")
      .values({ deployment_id: deploymentId, location_id: location.id, revision: report.revision, ...said })
      .onConflict((conflict) =>
        conflict
          .columns(["location_id", "revision"])
          .doUpdateSet(said)
          // An agent that starts again loads what serves already: no news until it has or has not loaded.
          .where((where) =>
            where.or([
              where.val(report.state !== "LOADING"),
              where("location_version.state", "!=", "loaded"),
            ]),
          ),
      )
      .returning("id")
      .executeTakeFirst();
    if (version && digest) {
      await trx
        .updateTable("code_location")
        .set({ serving_version_id: version.id })
        .where("id", "=", location.id)
        .where((where) =>
          where.or([
            where("serving_version_id", "is", null),
            where("serving_version_id", "in", (older) =>
              older
                .selectFrom("location_version")
                .select("id")
                .where("location_id", "=", location.id)
                .where("revision", "<=", report.revision),
            ),
          ]),
        )
        .execute();
      await whenServed(trx, deploymentId);
    }
    await notifyChange(trx, topics.locations(deploymentId), ...(digest ? [topics.assets(deploymentId)] : []));
  });
}

/** Agents try again after a minute at most; whoever says more is not believed. */
const MAX_RETRY_MS = 24 * 3_600_000;

/** The error apart from the time of the next try; by the clock here, which an agent's may not agree with. */
function readError(reported: unknown): { readonly error: unknown; readonly retryInMs: number | null } {
  if (typeof reported !== "object" || reported === null) return { error: reported ?? null, retryInMs: null };
  const { retryInMs, ...error } = reported as Partial<LocationError>;
  const isTime = typeof retryInMs === "number" && retryInMs >= 0 && retryInMs <= MAX_RETRY_MS;
  return { error, retryInMs: isTime ? retryInMs : null };
}

/** A snapshot that another deployment has uploaded counts for nothing: naming it would be a way to read it. */
async function findUploadedDigest(
  db: Db,
  deploymentId: string,
  snapshotDigest: string | null,
): Promise<Buffer> {
  if (snapshotDigest === null)
    throw new InvalidSnapshot("A location that is LOADED needs a `snapshotDigest`");
  const digest = parseDigest(snapshotDigest);
  const stored = await db
    .selectFrom("deployment_snapshot")
    .select("digest")
    .where("deployment_id", "=", deploymentId)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (!stored)
    throw new InvalidSnapshot(`Snapshot ${snapshotDigest} was not uploaded: ask \`missingSnapshots\` first`);
  return digest;
}
