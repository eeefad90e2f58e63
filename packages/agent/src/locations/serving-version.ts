import type { ContainerSettings } from "@millrace/model/container-settings";
import { mergeContainerSettings } from "@millrace/model/merge-container-settings";
import { within } from "@millrace/model/waiting/within";
import type { AgentContext } from "../context/agent-context.ts";
import type { IntroducedWorker, WorkerHandle, WorkerLaunch, WorkerSpec } from "../launchers/launcher.ts";
import { checkLocationDocument } from "../policy/location-policy.ts";
import { withSecrets } from "../policy/resolve-secrets.ts";
import { createStandbyPool } from "../workers/standby-pool.ts";
import { limitLog } from "./code-server-state.ts";
import type { LoadedLocation } from "./load-location.ts";

/** A code server that nobody asks for a minute ends by itself; being asked this often keeps it. */
const CHECK_EVERY_MS = 5_000;
/** One that does not answer this many checks in a row hangs: user code may block it for a while, not for ever. */
const CHECKS_BEFORE_KILL = 12;
/** Calls of an old version get this long to end before it is stopped. */
const LET_CALLS_END_MS = 5 * 60_000;

/** One version of a code location that answers ticks and has workers standing by. */
export interface ServingVersion extends LoadedLocation {
  /**
   * Gives one attempt of a run its worker: a warm one where there are such, and that for which it began if it still stands by.
   *
   * @throws LaunchFailed when it did not take its run; DocumentRefused when its container may not have what it asks for; the
   *   signal's reason.
   */
  launchWorker(spec: WorkerSpec, how: RunLaunch, signal: AbortSignal): Promise<WorkerHandle>;
  /** Workers that stand by, have loaded its code, and could have a run at once. */
  listStandbys(): IntroducedWorker[];
  /** How many workers to keep waiting, where the launcher has such. */
  setStandbyWorkers(count: number): void;
  /** Milliseconds on the monotonic clock. */
  readonly since: number;
  /** Whether its code server runs; run workers need only its code. */
  isAlive(): boolean;
  /** Stops it: standby workers at once, the code server now or once its calls have ended. Resolves when all are gone. */
  retire(when: "calls_have_ended" | "now"): Promise<void>;
}

/** How a run is launched. */
export interface RunLaunch {
  /** Whether the worker for which it began need not ask. Any other asks. */
  readonly isStarted: boolean;
  /** What its container has besides what the location says. */
  readonly container: ContainerSettings;
}

/**
 * Puts a code server that is ready to work, and keeps `standbyWorkers` workers waiting for its runs.
 *
 * @param onEnded called when the code server has ended without having been asked to.
 * @param onStandby called when another worker stands by.
 */
export function createServingVersion(
  context: AgentContext,
  name: string,
  loaded: LoadedLocation,
  standbyWorkers: number,
  onEnded: (version: ServingVersion) => void,
  onStandby: () => void,
): ServingVersion {
  const { clock, random, launcher } = context;
  const { codeServer, client } = loaded;
  const document = withSecrets(loaded.document, loaded.secrets);
  const logger = context.logger.child({ location: name, revision: loaded.revision });
  const retired = new AbortController();
  let alive = true;

  const launch: WorkerLaunch = {
    locationName: name,
    document,
    code: codeServer.code,
    agentApiUrl: context.agentApiUrl,
  };
  const { startStandby } = launcher;
  const pool =
    startStandby === undefined
      ? null
      : createStandbyPool(
          () => startStandby(launch),
          context.startGate,
          standbyWorkers,
          { clock, random, logger },
          onStandby,
        );

  async function watchHealth(): Promise<void> {
    let unanswered = 0;
    for (;;) {
      await clock.sleep(CHECK_EVERY_MS, retired.signal);
      if (retired.signal.aborted) return;
      limitLog(loaded.directory);
      unanswered = !alive || (await client.isHealthy()) ? 0 : unanswered + 1;
      if (unanswered === 1)
        logger.warn({ server: codeServer.place }, "the code server does not answer its health check");
      if (unanswered === CHECKS_BEFORE_KILL) {
        logger.error({ server: codeServer.place }, "the code server hangs; it is killed and started again");
        await codeServer.kill();
      }
    }
  }

  const version: ServingVersion = {
    ...loaded,
    async launchWorker(spec, { isStarted, container }, signal) {
      if (launcher.startsContainers && Object.keys(container).length > 0) {
        const merged = mergeContainerSettings([document.container ?? {}, container]);
        checkLocationDocument({ ...loaded.document, container: merged }, context.policy);
        const ofRun = { ...document, container: merged };
        return launcher.launchWorker(spec, { ...launch, document: ofRun }, signal);
      }
      if (pool === null) return launcher.launchWorker(spec, launch, signal);
      const standby = await pool.take(spec.startedFor);
      if (signal.aborted) {
        await standby.discard();
        signal.throwIfAborted();
      }
      const isOffered = spec.startedFor !== undefined && standby.findIdentity()?.workerId === spec.startedFor;
      return standby.assign(spec, isStarted && isOffered);
    },
    listStandbys: () => pool?.listReady() ?? [],
    setStandbyWorkers: (count) => pool?.resize(count),
    since: clock.monotonic(),
    isAlive: () => alive,
    async retire(when) {
      const standbysGone = pool?.close();
      if (when === "calls_have_ended" && alive) {
        await within(clock, LET_CALLS_END_MS, Promise.race([client.untilIdle(), codeServer.ended]));
      }
      retired.abort();
      client.close();
      await Promise.all([standbysGone, codeServer.stop()]);
    },
  };
  codeServer.ended.then(
    () => {
      alive = false;
      if (!retired.signal.aborted) onEnded(version);
    },
    () => {}, // The agent looks after it no more.
  );
  watchHealth().catch((error: unknown) =>
    logger.error({ err: error }, "the health of the code server can't be watched"),
  );
  return version;
}
