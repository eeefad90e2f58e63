import type { DaemonName } from "../daemons/daemon.ts";
import type { Random } from "./random.ts";

/**
 * What there is in a world. Not everything is everywhere: a world of less is a quicker one, more happens to what it has, and what hides
 * behind something else shows where that is missing.
 */
export interface WorldShape {
  readonly maxConcurrentRuns: number;
  /** Runs with one value of the tag `customer` that may be active at once; null: any number, so that launches start their runs themselves. */
  readonly maxOfCustomer: number | null;
  readonly replicas: number;
  readonly agents: number;
  /** Whether schedules and a sensor tick. */
  readonly isTicking: boolean;
  /** Whether users begin backfills. */
  readonly hasBackfills: boolean;
  /** Whether assets that have conditions follow the others. */
  readonly isAutomated: boolean;
  /** Daemons that nobody starts: there is nothing for them to do. */
  readonly idleDaemons: ReadonlySet<DaemonName>;
}

/** Those who look at assets, in worlds without anything that they would look for. */
const WATCHING: readonly DaemonName[] = ["automation", "freshness", "staleness", "watchers"];
/** Those who clean up what is days old. */
const CLEANING: readonly DaemonName[] = ["retention", "storage"];

/** Has chance decide what there is. */
export function chooseShape(random: Random): WorldShape {
  const shape = {
    maxConcurrentRuns: random.integer(1, 4),
    maxOfCustomer: random.pick([null, 1, 2]),
    replicas: random.integer(1, 3),
    agents: random.integer(1, 3),
    isTicking: random.chance(0.5),
    hasBackfills: random.chance(0.4),
    isAutomated: random.chance(0.25),
  };
  const isCleaned = random.chance(0.1);
  return {
    ...shape,
    idleDaemons: new Set([...(shape.isAutomated ? [] : WATCHING), ...(isCleaned ? [] : CLEANING)]),
  };
}
