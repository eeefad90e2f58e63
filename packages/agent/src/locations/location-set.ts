import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { createWake } from "@millrace/model/waiting/wake";
import { rmSync } from "node:fs";
import { InvalidLocationDocument, parseLocationDocument } from "@millrace/model/location-document";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { CodeServerReport, WorkerOffer } from "@millrace/protocol/agent-api.gen";
import type { AgentContext } from "../context/agent-context.ts";
import { listLocationNames, locationFolder } from "./code-server-state.ts";
import type { DesiredLocation } from "./load-location.ts";
import { createLocationKeeper, LocationNotLoaded, type LocationKeeper } from "./location-keeper.ts";
import type { ServingVersion } from "./serving-version.ts";

/** Work for a location may arrive before the news that the location is there. */
const NEWS_WITHIN_MS = 5_000;

/** All code locations of this agent. */
export interface LocationSet {
  /** Serves these and no others, as far as their queue is one of this agent's. */
  desire(locations: readonly DesiredLocation[]): void;
  setStandbyWorkers(count: number): void;
  /**
   * The version of a location that serves; waits for one that is being loaded.
   *
   * @throws LocationNotLoaded when it can't be loaded, or this agent does not serve it; the signal's reason.
   */
  getServing(name: string, signal: AbortSignal): Promise<ServingVersion>;
  /** The same, but waits also while its code server is started again. */
  getAnswering(name: string, signal: AbortSignal): Promise<ServingVersion>;
  report(): CodeServerReport[];
  /** Workers that stand by and could have a run at once, of the versions that serve. */
  offerWorkers(): WorkerOffer[];
  /** Resolves when there are others to offer than were offered last; of two who wait, one is told. */
  untilMoreOffers(): Promise<void>;
  listErrors(): (ErrorInfo & { readonly location: string })[];
  stop(): Promise<void>;
}

/** Starts with the locations that an earlier agent left running. */
export function createLocationSet(
  context: AgentContext,
  queues: readonly string[],
  standbyWorkers: number,
): LocationSet {
  const keepers = new Map<string, LocationKeeper>();
  const leaving = new Set<Promise<void>>();
  let standbys = standbyWorkers;
  let changed = Promise.withResolvers<void>();
  const standbysNews = createWake();

  function keeperOf(name: string): LocationKeeper {
    const keeper =
      keepers.get(name) ?? createLocationKeeper(context, name, standbys, () => standbysNews.wake());
    keepers.set(name, keeper);
    return keeper;
  }

  function drop(name: string, keeper: LocationKeeper): void {
    keepers.delete(name);
    context.logger.info({ location: name }, "the code location is served here no more");
    const gone = keeper
      .stop()
      .then(() => {
        // Unless it was wanted again meanwhile.
        if (!keepers.has(name))
          rmSync(locationFolder(context.folders.codeServers, name), { recursive: true, force: true });
      })
      .catch((error: unknown) =>
        context.logger.error({ location: name, err: error }, "a code location could not be stopped"),
      )
      .finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  async function findKeeper(name: string): Promise<LocationKeeper> {
    const { clock } = context;
    const until = clock.monotonic() + NEWS_WITHIN_MS;
    while (!keepers.has(name)) {
      if ((await within(clock, until - clock.monotonic(), changed.promise)) === TOO_LATE) break;
    }
    const keeper = keepers.get(name);
    if (keeper) return keeper;
    const served = [...keepers.keys()].join(", ") || "none";
    throw new LocationNotLoaded(
      `The agent does not serve a code location ${name} in its queues ${queues.join(", ")}; it serves: ${served}`,
    );
  }

  for (const name of listLocationNames(context.folders.codeServers)) keeperOf(name);
  return {
    desire(locations) {
      const wanted = locations.filter((location) => isForQueues(location.document, queues));
      for (const [name, keeper] of keepers) {
        if (!wanted.some((location) => location.name === name)) drop(name, keeper);
      }
      for (const location of wanted) keeperOf(location.name).desire(location);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    setStandbyWorkers(count) {
      standbys = count;
      for (const keeper of keepers.values()) keeper.setStandbyWorkers(count);
    },
    getServing: async (name, signal) => (await findKeeper(name)).getServing(signal),
    getAnswering: async (name, signal) => (await findKeeper(name)).getAnswering(signal),
    report: () => [...keepers.values()].map((keeper) => keeper.report()),
    offerWorkers: () => [...keepers.values()].flatMap((keeper) => keeper.offerWorkers()),
    untilMoreOffers: () => standbysNews.wait(),
    listErrors: () =>
      [...keepers].flatMap(([location, keeper]) => {
        const error = keeper.findError();
        return error ? [{ ...error, location }] : [];
      }),
    async stop() {
      await Promise.all([...leaving, ...[...keepers.values()].map((keeper) => keeper.stop())]);
    },
  };
}

/** Whether an agent of these queues serves the location. One whose document can't be read is everybody's, to be reported. */
function isForQueues(document: unknown, queues: readonly string[]): boolean {
  try {
    return queues.includes(parseLocationDocument(document).queue);
  } catch (error) {
    if (!(error instanceof InvalidLocationDocument)) throw error;
    return true;
  }
}
