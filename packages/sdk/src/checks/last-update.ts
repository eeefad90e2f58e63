import type { UpstreamMaterialization } from "../context/upstream-materialization.ts";

/** The metadata in which an observation says when the data last changed. */
export const LAST_UPDATED = "last_updated_timestamp";

/** An instant for people, to the second. */
export function instantText(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** When the data of an asset last changed; null: nothing that is known says it. */
export interface LastUpdate {
  readonly at: Date | null;
  /** How that is known, or why it is not. */
  readonly because: string;
}

/**
 * When data last changed: when it was materialized; of what others make, also what the newest observation says in its metadata
 * `last_updated_timestamp`, else when the data version was first observed that it has now.
 *
 * @param observations newest first.
 */
export function findLastUpdate(
  materialization: UpstreamMaterialization | null,
  observations: readonly UpstreamMaterialization[],
): LastUpdate {
  const observed = lastObservedUpdate(observations);
  if (materialization === null) return observed ?? { at: null, because: "It has never been materialized" };
  if (observed?.at && observed.at > materialization.timestamp) return observed;
  return { at: materialization.timestamp, because: "It was materialized then" };
}

function lastObservedUpdate(observations: readonly UpstreamMaterialization[]): LastUpdate | null {
  const [newest] = observations;
  if (newest === undefined) return null;
  const said = newest.metadata[LAST_UPDATED];
  if (said?.type === "timestamp")
    return {
      at: new Date(said.timestamp * 1000),
      because: `The newest observation says so in \`${LAST_UPDATED}\``,
    };
  const versioned = observations.filter(({ dataVersion }) => dataVersion !== null);
  const [latest] = versioned;
  if (latest === undefined)
    return {
      at: null,
      because: `Its observations say neither a data version nor \`${LAST_UPDATED}\`, so nobody knows when it changed`,
    };
  const changed = versioned.findIndex(({ dataVersion }) => dataVersion !== latest.dataVersion);
  const first = versioned[(changed < 0 ? versioned.length : changed) - 1] ?? latest;
  return { at: first.timestamp, because: "The data version that it has now was first observed then" };
}
