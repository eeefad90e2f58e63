import {
  findSensedEvents,
  NO_SENSED_EVENTS,
  type SensedEvents,
  type SensorWatch,
} from "@millrace/model/sensed-events";
import type { Db } from "../database/connect.ts";
import { formatEventCursor, parseEventCursor } from "./event-cursor.ts";
import { listUnseenMaterializations } from "./sensed-materialization-store.ts";
import { listUnseenRuns } from "./sensed-run-store.ts";

/** What one evaluation of a sensor is told of. */
export interface SensorTickEvents {
  readonly events: SensedEvents;
  /** Where the next evaluation goes on once this one has succeeded; null for a sensor that does not watch. */
  readonly eventCursor: string | null;
  /** Whether there is anything to evaluate the sensor for. */
  readonly isEnough: boolean;
}

/**
 * Finds the events that a sensor has not seen yet. When they are not enough for it, the cursor stays, so that the next
 * evaluation is told of them again. A cursor of a sensor that watched something else before counts as none.
 *
 * @param eventCursor What the last evaluation answered; null in the first one, which is told of the newest event of each
 * asset that it watches, or of the newest run.
 * @param pageUrl the page's address, for links to runs.
 * @throws InvalidEventCursor
 */
export async function planSensorTick(
  db: Db,
  deploymentId: string,
  locationName: string,
  watch: SensorWatch | null,
  eventCursor: string | null,
  pageUrl: string,
): Promise<SensorTickEvents> {
  if (watch === null) return { events: NO_SENSED_EVENTS, eventCursor: null, isEnough: true };
  const cursor = eventCursor === null ? null : parseEventCursor(eventCursor);
  if (watch.kind === "assets") {
    const known = cursor?.kind === "assets" ? cursor : null;
    const unseen = await listUnseenMaterializations(db, deploymentId, watch.assets, known);
    const events = { materializations: unseen.events, runs: [] };
    const isEnough = findSensedEvents(watch, events) !== null;
    return { events, isEnough, eventCursor: formatEventCursor(isEnough ? unseen.after : unseen.before) };
  }
  const known = cursor?.kind === "runs" ? cursor : null;
  const unseen = await listUnseenRuns(db, deploymentId, locationName, watch, known, pageUrl);
  return {
    events: { materializations: [], runs: unseen.events },
    eventCursor: formatEventCursor(unseen.after),
    isEnough: unseen.events.length > 0,
  };
}
