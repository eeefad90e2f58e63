import { ExpectedError } from "@millrace/model/expected-error";
import { InvalidLocationDocument } from "@millrace/model/location-document";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { CodeServerReport, WorkerOffer } from "@millrace/protocol/agent-api.gen";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import { orAborted } from "@millrace/model/waiting/until-aborted";
import { within } from "@millrace/model/waiting/within";
import { createWake } from "@millrace/model/waiting/wake";
import type { AgentContext } from "../context/agent-context.ts";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { describeWorkerEnd } from "@millrace/model/runs/worker-end";
import { CodeNotSupported, DefinitionsFailed } from "../launchers/launcher.ts";
import { DocumentRefused } from "../policy/location-policy.ts";
import { adoptCodeServer } from "./adopt-code-server.ts";
import { locationFolder, removeOtherRevisions, writeCodeServerState } from "./code-server-state.ts";
import { loadLocation, publishAgain, type DesiredLocation, type LoadedLocation } from "./load-location.ts";
import { publishFailed } from "./publish-location.ts";
import { createServingVersion, type ServingVersion } from "./serving-version.ts";

/** Pauses between tries to load a location whose code server crashes or can't be started. */
const START_BACKOFF: Backoff = { firstMs: 500, longestMs: 30_000 };
/** Pauses between tries to load code that threw: it may have asked a service that is away. */
const THROWN_BACKOFF: Backoff = { firstMs: 2_000, longestMs: 60_000 };
/** A code server that served this long before it crashed is started again at once. */
const HEALTHY_AFTER_MS = 60_000;

/** No version of the location serves, and loading has failed. */
export class LocationNotLoaded extends ExpectedError {
  readonly code = "location_not_loaded";
}

/** Keeps one code location served: the newest revision that loads, and the last one that did until then. */
export interface LocationKeeper {
  desire(location: DesiredLocation): void;
  setStandbyWorkers(count: number): void;
  /**
   * The version that serves; waits for one that is being loaded.
   *
   * @throws LocationNotLoaded when loading has failed and nothing served before; the signal's reason.
   */
  getServing(signal: AbortSignal): Promise<ServingVersion>;
  /**
   * The same, but waits also while its code server is started again.
   *
   * @throws as `getServing`; LocationNotLoaded also when the code server can't be started again.
   */
  getAnswering(signal: AbortSignal): Promise<ServingVersion>;
  report(): CodeServerReport;
  /** Workers of the version that serves which could have a run at once. */
  offerWorkers(): WorkerOffer[];
  /** What keeps the wanted revision from being served, if anything. */
  findError(): ErrorInfo | null;
  /** Stops everything of the location. */
  stop(): Promise<void>;
}

/**
 * Starts with whatever an earlier agent left running for this location.
 *
 * @param onStandby called when there is another worker to offer.
 */
export function createLocationKeeper(
  context: AgentContext,
  name: string,
  standbyWorkers: number,
  onStandby: () => void,
): LocationKeeper {
  const { clock } = context;
  const logger = context.logger.child({ location: name });
  const folder = locationFolder(context.folders.codeServers, name);
  const stopped = new AbortController();
  const wake = createWake();
  const retiring = new Set<Promise<void>>();
  let standbys = standbyWorkers;
  let desired: DesiredLocation | null = null;
  let serving: ServingVersion | null = null;
  /** The revision that needs nothing more: it serves, or its definitions can't load before they are changed. */
  let finishedRevision: number | null = null;
  /** Crashes and failed starts in a row. */
  let failures = 0;
  let error: ErrorInfo | null = null;
  /** Whether the last failure was the code's own. */
  let hasThrown = false;
  let loading: AbortController | null = null;
  let changed = Promise.withResolvers<void>();

  function noteChange(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function serve(loaded: LoadedLocation): void {
    const old = serving;
    serving = createServingVersion(context, name, loaded, standbys, onEnded, onStandby);
    const { revision, document, codeServer } = loaded;
    try {
      writeCodeServerState(loaded.directory, { revision, document, record: codeServer.record });
    } catch (cause) {
      // It serves all the same; only the agent after this one will start another.
      logger.error({ revision, err: cause }, "a code server's state can't be written");
    }
    if (old) retire(old);
    noteChange();
  }

  function onEnded(version: ServingVersion): void {
    if (version !== serving) return;
    failures = clock.monotonic() - version.since < HEALTHY_AFTER_MS ? failures + 1 : 0;
    const log = { revision: version.revision, server: version.codeServer.place };
    void version.codeServer.ended.then((end) =>
      logger.error(log, `the code server ${describeWorkerEnd(end)}; it is started again`),
    );
    finishedRevision = null;
    wake.wake();
  }

  function retire(version: ServingVersion): void {
    const gone = version
      .retire("calls_have_ended")
      .then(() => removeOtherRevisions(folder, [serving?.revision, desired?.revision]))
      .catch((cause: unknown) => logger.error({ err: cause }, "an old version could not be stopped"))
      .finally(() => retiring.delete(gone));
    retiring.add(gone);
  }

  /** One try to serve what is wanted. */
  async function tryToServe(wanted: DesiredLocation, signal: AbortSignal): Promise<void> {
    if (serving?.isAlive() && serving.revision === wanted.revision) {
      await publishAgain(context, name, serving, signal);
      return;
    }
    const startedAt = clock.monotonic();
    removeOtherRevisions(folder, [serving?.revision, wanted.revision]);
    const loaded = await loadLocation(context, wanted, folder, error !== null, signal);
    serve(loaded);
    const { place, codeDigest } = loaded.codeServer;
    const loadMs = Math.round(clock.monotonic() - startedAt);
    logger.info(
      { revision: wanted.revision, server: place, codeDigest, loadMs },
      "the code location is served",
    );
  }

  async function serveOrReport(wanted: DesiredLocation, signal: AbortSignal): Promise<void> {
    try {
      await tryToServe(wanted, signal);
      error = null;
      finishedRevision = wanted.revision;
    } catch (thrown) {
      if (signal.aborted) return;
      const isFinal =
        (thrown instanceof DefinitionsFailed && !thrown.mayHeal) ||
        thrown instanceof CodeNotSupported ||
        thrown instanceof DocumentRefused ||
        thrown instanceof InvalidLocationDocument;
      hasThrown = thrown instanceof DefinitionsFailed;
      if (!isFinal) failures += 1;
      const isNew = await noteFailure(wanted, thrown, isFinal, signal);
      if (isNew) noteChange();
      if (isFinal && desired === wanted) finishedRevision = wanted.revision;
    }
  }

  /** Milliseconds until the next try. */
  function pauseMs(): number {
    return backoffMs(hasThrown ? THROWN_BACKOFF : START_BACKOFF, failures);
  }

  /** Logs and reports a failure. Returns whether the last one was another. */
  async function noteFailure(
    wanted: DesiredLocation,
    thrown: unknown,
    isFinal: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const info = thrown instanceof DefinitionsFailed ? thrown.error : toErrorInfo(thrown);
    const report = isFinal ? info : { ...info, retryInMs: pauseMs() };
    const revision = { agentId: context.agentId, name, revision: wanted.revision };
    if (error?.message === info.message) {
      await publishFailed(context.uplink, revision, report, "one", signal).catch(() => {});
      return false;
    }
    error = info;
    const log = { revision: wanted.revision, stillServing: serving?.revision ?? null, error: info };
    logger.error(
      log,
      isFinal ? "the definitions do not load" : "the code location can't be served; trying on",
    );
    await publishFailed(context.uplink, revision, report, "until_answered", signal).catch(
      (cause: unknown) => {
        if (!signal.aborted) logger.error({ err: cause }, "the load error could not be reported");
      },
    );
    return true;
  }

  async function keep(): Promise<void> {
    const adopted = await adoptCodeServer(context, name, folder, logger, stopped.signal);
    if (adopted) serve(adopted);
    while (!stopped.signal.aborted) {
      const wanted = desired;
      if (wanted === null || wanted.revision === finishedRevision) {
        await wake.wait();
        continue;
      }
      if (failures > 0) {
        await within(clock, pauseMs(), wake.wait());
        if (desired !== wanted || stopped.signal.aborted) continue;
      }
      loading = new AbortController();
      await serveOrReport(wanted, AbortSignal.any([loading.signal, stopped.signal]));
      loading = null;
    }
  }

  async function awaitVersion(isThere: () => boolean, signal: AbortSignal): Promise<ServingVersion> {
    for (;;) {
      if (serving !== null && isThere()) return serving;
      if (error) throw new LocationNotLoaded(`The code location ${name} has not loaded: ${error.message}`);
      await orAborted(changed.promise, signal);
    }
  }

  const done = keep();
  done.catch((cause: unknown) =>
    logger.fatal({ err: cause }, "this code location is not looked after any more"),
  );

  return {
    desire(location) {
      if (desired?.revision === location.revision) return;
      desired = location;
      error = null;
      failures = 0;
      loading?.abort(new Error(`revision ${location.revision} is wanted now`));
      wake.wake();
    },
    setStandbyWorkers(count) {
      if (count === standbys) return;
      standbys = count;
      serving?.setStandbyWorkers(count);
    },
    getServing: (signal) => awaitVersion(() => serving !== null, signal),
    getAnswering: (signal) => awaitVersion(() => serving?.isAlive() ?? false, signal),
    report: () => ({
      locationName: name,
      revision: serving?.revision ?? desired?.revision ?? 0,
      codeDigest: serving?.codeServer.codeDigest ?? null,
      place: serving?.codeServer.place ?? null,
      state: serving?.isAlive() ? "serving" : error ? "failed" : "starting",
    }),
    offerWorkers() {
      if (serving === null) return [];
      const { revision } = serving;
      return serving.listStandbys().map((worker) => ({ locationName: name, revision, ...worker }));
    },
    findError: () => error,
    async stop() {
      stopped.abort(new Error("the agent does not serve this location any more"));
      wake.wake();
      await done.catch(() => {});
      await Promise.all([...retiring, serving?.retire("now")]);
    },
  };
}
