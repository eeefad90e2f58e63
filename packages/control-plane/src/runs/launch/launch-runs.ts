import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { DIMENSION_SEPARATOR } from "@millrace/model/partitions/multi-key";
import { ExpectedError } from "@millrace/model/expected-error";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { RunPartitions } from "@millrace/model/runs/run-target";
import type { Db } from "../../database/connect.ts";
import { readNow } from "../../database/read-now.ts";
import type { PartitionsView } from "../../partitions/require-partition.ts";
import { replaceUnstorable } from "../../api/replace-unstorable.ts";
import { listNamedSnapshots, type ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { listDynamicNames } from "../../partitions/dynamic-names.ts";
import { findDynamicKeys, findDynamicKeysAmong } from "../../partitions/dynamic-partition-store.ts";
import type { ServerContext } from "../../context/server-context.ts";
import { createRunId } from "../run-id.ts";
import { findRuns, type Run } from "../run-store.ts";
import { insertRuns, type NewRun, type RunLineage } from "./insert-runs.ts";
import { createLaunchPlanner } from "./plan-launches.ts";
import type { LaunchInput } from "./launch-input.ts";

/** The wish for one run. */
export interface LaunchRequest {
  readonly target: LaunchInput;
  /** Who or what wants it. */
  readonly origin: RunOrigin;
  /** Two requests of a deployment with one key are one run, whoever asks and whenever; null: each request is a run. */
  readonly key: string | null;
  /** What the run repeats; null: nothing. */
  readonly lineage: RunLineage | null;
}

/** What launches need of the server. */
export type LaunchContext = Pick<ServerContext, "ids">;

/** What became of a request: a run, which was there already or is new, or why there is none. */
export type LaunchOutcome =
  | { readonly kind: "launched"; readonly run: Run; readonly isNew: boolean }
  | { readonly kind: "refused"; readonly error: ExpectedError };

/**
 * Puts runs into the queue: all requests are checked against one reading of the definitions that serve now, and those that fit
 * are stored by one statement, in the order of the requests. The others are refused one by one; who wants all or none throws an
 * error in the transaction that it calls this in. A request whose key was used before gets the run from then, whatever it says now.
 *
 * @param db a transaction when anything else is to be stored with the runs, or none of them if one is refused.
 * @returns the outcomes in the order of the requests; refusals are UnknownDefinition, RunConfigInvalid or BadRequest.
 */
export async function launchRuns(
  db: Db,
  deploymentId: string,
  requests: readonly LaunchRequest[],
  context: LaunchContext,
): Promise<LaunchOutcome[]> {
  const ids = requests.map(({ key }) => createRunId(context.ids, deploymentId, key));
  const refused = new Map<string, ExpectedError>();
  const wanted = new Map<string, NewRun>();
  if (requests.length > 0) {
    const targets = requests.map(({ target }) => replaceUnstorable(target));
    const locations = await listLocations(db, deploymentId, targets);
    const plan = createLaunchPlanner(locations, await viewPartitions(db, deploymentId, locations, targets));
    for (const [index, target] of targets.entries()) {
      const [id, request] = [ids[index], requests[index]];
      if (id === undefined || request === undefined || wanted.has(id)) continue;
      try {
        wanted.set(id, { id, plan: await plan(target), origin: request.origin, lineage: request.lineage });
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        refused.set(id, error);
      }
    }
  }
  const created = await insertRuns(db, deploymentId, [...wanted.values()]);
  // Keys that were used before; definitions may have changed since, so that they are refused by now.
  const used = ids.filter((id, index) => !created.has(id) && requests[index]?.key !== null);
  const existing =
    used.length === 0 ? new Map<string, Run>() : await findRuns(db, deploymentId, [...new Set(used)]);
  return ids.map((id) => toOutcome(id, created, existing, refused));
}

function toOutcome(
  id: string,
  created: ReadonlyMap<string, Run>,
  existing: ReadonlyMap<string, Run>,
  refused: ReadonlyMap<string, ExpectedError>,
): LaunchOutcome {
  const run = created.get(id) ?? existing.get(id);
  if (run !== undefined) return { kind: "launched", run, isNew: created.has(id) };
  const error = refused.get(id);
  if (error !== undefined) return { kind: "refused", error };
  throw new Error(`Run ${id} was neither stored nor there`);
}

/** One location when all requests name the same one, else all of them. */
function listLocations(
  db: Db,
  deploymentId: string,
  targets: readonly LaunchInput[],
): Promise<ServingSnapshot[]> {
  const [first, ...others] = new Set(targets.map(({ locationName }) => locationName));
  return listNamedSnapshots(db, deploymentId, others.length === 0 ? (first ?? null) : null);
}

/** What decides which partitions exist, as far as it matters for what runs work on. */
async function viewPartitions(
  db: Db,
  deploymentId: string,
  locations: readonly ServingSnapshot[],
  targets: readonly RunPartitions[],
): Promise<PartitionsView> {
  const partitioned = targets.filter(
    (target) => target.partitionKey !== null || target.partitionRange !== null,
  );
  if (partitioned.length === 0) return { now: 0, dynamicKeys: {} };
  const dynamicKeys = await findDynamicKeysOf(db, deploymentId, locations, partitioned);
  // As those decide who ask for a partition once it is there: this machine's clock may be behind of theirs.
  return { now: await readNow(db), dynamicKeys };
}

/** The dynamic keys that matter for runs of partitions. */
async function findDynamicKeysOf(
  db: Db,
  deploymentId: string,
  locations: readonly ServingSnapshot[],
  partitioned: readonly RunPartitions[],
): Promise<DynamicKeys> {
  const names = listDynamicNames(locations);
  // What lies between the ends of a range, only the definition knows.
  if (partitioned.some(({ partitionRange }) => partitionRange !== null))
    return findDynamicKeys(db, deploymentId, names);
  const keys = partitioned.flatMap(({ partitionKey }) =>
    partitionKey === null ? [] : [partitionKey, ...partitionKey.split(DIMENSION_SEPARATOR)],
  );
  return findDynamicKeysAmong(db, deploymentId, names, [...new Set(keys)]);
}
