import { sql } from "kysely";
import { parseErrorInfo } from "@millrace/model/errors/parse-error-info";
import { classifyLocationFailure, type LocationFailure } from "@millrace/model/location-failure";
import type { Db, Trx } from "../database/connect.ts";

export const VERSION_STATES = ["pending", "starting", "ready", "degraded", "failed"] as const;
export const VERSION_REASONS = ["added", "changed", "reloaded", "rolled_back"] as const;

/** Versions kept of each location, besides the one that serves and those that runs point to. */
const VERSIONS_KEPT = 20;

/** How one revision of a location came to be, and how it fared. */
export interface LocationVersion {
  readonly revision: number;
  /**
   * `pending`: no agent has taken it up. `starting`: an agent loads it. `ready`: it has loaded. `degraded`: it has, and answers, but
   * its code can't be loaded again. `failed`: it does not load.
   */
  readonly state: (typeof VERSION_STATES)[number];
  /** What it was made from; null for one that was made before versions kept that. */
  readonly document: unknown;
  /** Who asked for it; null as for `document`. */
  readonly askedBy: string | null;
  /** Why it was made; null as for `document`. */
  readonly reason: (typeof VERSION_REASONS)[number] | null;
  /** The revision whose document it has again, of one that was rolled back. */
  readonly basedOn: number | null;
  readonly codeDigest: string | null;
  /** An ErrorInfo, see @millrace/model/run-event. */
  readonly error: unknown;
  /** Why it does not load, of one that is degraded or failed. */
  readonly failure: LocationFailure | null;
  /** When the agent tries again, of one that does not load and may; by then it may be trying. */
  readonly retryAt: Date | null;
  /** What is odd about definitions that loaded all the same. */
  readonly warnings: readonly string[];
  readonly agentId: string | null;
  /** When it was asked for. */
  readonly createdAt: Date;
  readonly loadedAt: Date | null;
}

/** Why a version is made, and for whom. */
export interface VersionRequest {
  readonly reason: (typeof VERSION_REASONS)[number];
  readonly askedBy: string;
  readonly basedOn: number | null;
}

/** Notes the revision that a location has since this transaction, for an agent to take up, and forgets those that are old. */
export async function insertVersion(
  trx: Trx,
  locationId: string,
  { reason, askedBy, basedOn }: VersionRequest,
): Promise<void> {
  await sql`
    insert into location_version (deployment_id, location_id, revision, state, document, reason, asked_by, based_on)
    select deployment_id, id, revision, 'pending', document, ${reason}, ${askedBy}, ${basedOn}::integer
    from code_location where id = ${locationId}`.execute(trx);
  await sql`
    delete from location_version old using code_location location
    where old.location_id = ${locationId} and location.id = old.location_id and old.id is distinct from location.serving_version_id
      and old.revision <= location.revision - ${VERSIONS_KEPT}
      and not exists (select from run where run.location_version_id = old.id)`.execute(trx);
}

/** One page of the versions of a location that are kept, newest first. */
export async function listVersions(
  db: Db,
  locationId: string,
  page: { readonly before: number | null; readonly limit: number },
): Promise<{ readonly nodes: readonly LocationVersion[]; readonly hasMore: boolean }> {
  const rows = await db
    .selectFrom("location_version as version")
    .innerJoin("code_location as location", "location.id", "version.location_id")
    .selectAll("version")
    .select("location.serving_version_id")
    .where("version.location_id", "=", locationId)
    .$if(page.before !== null, (query) => query.where("version.revision", "<", page.before))
    .orderBy("version.revision", "desc")
    .limit(page.limit + 1)
    .execute();
  const nodes = rows.slice(0, page.limit).map((row) => toVersion(row, row.serving_version_id));
  return { nodes, hasMore: rows.length > page.limit };
}

interface VersionRow {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly document: unknown;
  readonly asked_by: string | null;
  readonly reason: string | null;
  readonly based_on: number | null;
  readonly snapshot_digest: Buffer | null;
  readonly code_digest: string | null;
  readonly error: unknown;
  readonly retry_at: Date | null;
  readonly warnings: readonly string[];
  readonly agent_id: string | null;
  readonly created_at: Date;
  readonly loaded_at: Date | null;
}

/** @param servingId the version of the location that answers. */
export function toVersion(row: VersionRow, servingId: string | null): LocationVersion {
  return {
    revision: row.revision,
    state: toState(row, servingId),
    document: row.document,
    askedBy: row.asked_by,
    reason: VERSION_REASONS.find((reason) => reason === row.reason) ?? null,
    basedOn: row.based_on,
    codeDigest: row.code_digest,
    error: row.error,
    failure: row.state === "failed" ? classifyLocationFailure(parseErrorInfo(row.error)) : null,
    retryAt: row.retry_at,
    warnings: row.warnings,
    agentId: row.agent_id,
    createdAt: row.created_at,
    loadedAt: row.loaded_at,
  };
}

function toState({ id, state }: VersionRow, servingId: string | null): LocationVersion["state"] {
  switch (state) {
    case "pending":
      return "pending";
    case "loaded":
      return "ready";
    case "failed":
      return id === servingId ? "degraded" : "failed";
    default:
      return "starting";
  }
}
