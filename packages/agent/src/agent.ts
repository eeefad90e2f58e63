import { availableParallelism, hostname } from "node:os";
import type { Logger } from "pino";
import { type Ids, systemIds, systemRandom } from "@millrace/model/randomness";
import { agentQueue } from "@millrace/model/runs/work-item";
import { type Clock, systemClock } from "@millrace/model/time/clock";
import { UnregisterAgentDocument } from "@millrace/protocol/agent-api.gen";
import type { OutputPlace } from "@millrace/protocol/journal/output-place";
import manifest from "../package.json" with { type: "json" };
import type { AgentContext } from "./context/agent-context.ts";
import { giveEnvironment, type Environment } from "./policy/given-environment.ts";
import type { PolicyRules } from "./policy/policy-rules.ts";
import { serveHealth, type HealthAddress } from "./health/serve-health.ts";
import { noSecrets, type ResolveSecrets } from "./policy/resolve-secrets.ts";
import { openAgentHome } from "./home/agent-home.ts";
import type { Launcher } from "./launchers/launcher.ts";
import { runStorageLoop } from "./storage/sweep-stored-runs.ts";
import { createLocationSet } from "./locations/location-set.ts";
import { runClaimLoop } from "./polling/claim-work.ts";
import { runDesiredLocationsLoop } from "./polling/desired-locations.ts";
import { registerAgent, runHeartbeatLoop, type AgentSettings } from "./polling/heartbeat.ts";
import { createUplink } from "./uplink/uplink.ts";
import { createCrashGuard } from "./requests/crash-guard.ts";
import { stopWorkers } from "./requests/stop-workers.ts";
import type { WorkContext } from "./requests/work-handler.ts";
import { createStartGate } from "./launchers/start-gate.ts";
import { settleWorker } from "./workers/settle-worker.ts";
import { createWorkerRegistry } from "./workers/worker-registry.ts";

/** Workers that load their code at once, for each core: a burst of runs that all load together takes longer for every one. */
const STARTS_PER_CORE = 2;
/** Leaving in order is a courtesy: a control plane that is away must not hold the agent up. */
const UNREGISTER_TIMEOUT_MS = 2_000;

/** What an agent gives its launcher to work with. */
export interface LauncherOptions {
  /** The same after every restart with this home. */
  readonly agentId: string;
  /** The folder that one agent at a time has for itself. */
  readonly home: string;
  /** The variables that code servers and workers are given, beside those of their location. */
  readonly environment: Environment;
  /** Where the default IO manager may keep values between runs, on this machine. */
  readonly storageDirectory: string;
  /** Where workers' output goes. Default: to the control plane. */
  readonly outputPlace?: OutputPlace | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

export interface AgentOptions {
  /** The control plane's address, such as `https://millrace.example`. */
  readonly url: string;
  readonly token: string;
  /** Folder for what must survive a restart; one agent at a time. */
  readonly home: string;
  /** Shown on the page. */
  readonly name: string;
  readonly queues: readonly string[];
  /** Makes what starts code servers and workers here, once the home is this agent's. */
  readonly launcher: (options: LauncherOptions) => Launcher;
  /** Folders that code may lie in. Default: anywhere. */
  readonly allowedFolders?: readonly string[];
  /** What the control plane may ask for. Default: whatever the other options allow. */
  readonly policy?: PolicyRules;
  /** Variables that user code is given of this process's environment, beside the usual ones; `NAME*` for all that begin so. */
  readonly passEnvironment?: readonly string[];
  /** Where the output of runs goes, so that the control plane never sees it. Default: to the control plane. */
  readonly outputPlace?: OutputPlace;
  /** Finds what code locations are given that nobody else may see. Default: there is nothing. */
  readonly resolveSecrets?: ResolveSecrets;
  /** Warm workers for each code location. Default: what the deployment says. */
  readonly standbyWorkers?: number;
  /** Where to tell whoever watches over the machine how the agent is. Default: nowhere. */
  readonly health?: HealthAddress;
  /** Interrupt running workers when the agent stops. Default: they go on, and the next agent on this home adopts them. */
  readonly stopWorkers?: boolean;
  readonly logger: Logger;
  /** Default: the time of this machine. */
  readonly clock?: Clock;
  /** Default: ids that were never there before. */
  readonly ids?: Ids;
  /** Gives numbers in [0, 1). Default: numbers that follow no rule. */
  readonly random?: () => number;
}

/**
 * Runs an agent until the signal is aborted: asks the control plane for work and does it beside the user's code and data.
 * Starts with adopting whatever an earlier agent on this home left running.
 *
 * @throws AgentHomeInUse, AgentNotAdmitted, and AgentTokenRefused also later, when the token is revoked.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { logger, queues, token, clock = systemClock, ids = systemIds, random = systemRandom } = options;
  const home = openAgentHome(options.home, ids, logger);
  const agentApiUrl = new URL("/agent/graphql", options.url).href;
  const { agentId, folders } = home;
  const launcher = options.launcher({
    agentId,
    home: options.home,
    environment: giveEnvironment(process.env, options.passEnvironment ?? []),
    storageDirectory: folders.storage,
    outputPlace: options.outputPlace,
    clock,
    ids,
    logger,
  });
  const uplink = createUplink(agentApiUrl, token, { clock, random, logger });
  const context: AgentContext = {
    agentId,
    uplink,
    launcher,
    startGate: createStartGate(STARTS_PER_CORE * availableParallelism()),
    folders,
    resolveSecrets: options.resolveSecrets ?? noSecrets,
    policy: { allowedFolders: options.allowedFolders ?? null, rules: options.policy ?? null },
    agentApiUrl,
    logger,
    clock,
    ids,
    random,
  };
  // Settling goes on while the agent stops, for as long as the stop takes.
  const gone = new AbortController();
  // Of a worker that died with the agent before this one nothing is told before the agent is there again: its run may go on here.
  const registered = Promise.withResolvers<void>();
  const workers = createWorkerRegistry(
    launcher,
    async (worker) => {
      await registered.promise;
      await settleWorker(context, worker, gone.signal);
    },
    logger,
  );
  await workers.adoptAll();
  const locations = createLocationSet(context, queues, options.standbyWorkers ?? 0);
  const work: WorkContext = { ...context, workers, locations, crashes: createCrashGuard(clock) };
  const about = { agent_id: agentId, name: options.name, version: manifest.version, kind: launcher.kind };
  let stepValueRetentionDays = Infinity;
  const applySettings = (settings: AgentSettings) => {
    ({ stepValueRetentionDays } = settings);
    locations.setStandbyWorkers(options.standbyWorkers ?? settings.standbyWorkers);
  };

  let health: Disposable | null = null;
  try {
    if (options.health) health = await serveHealth(options.health, work, about);
    const hello = {
      agentId,
      name: options.name,
      kind: launcher.kind,
      version: manifest.version,
      hostname: hostname(),
      queues: [...queues],
    };
    const settings = await registerAgent(uplink, hello, signal);
    registered.resolve();
    applySettings(settings);
    logger.info(
      { agentId, url: options.url, queues, home: options.home, running: workers.list().length },
      "the agent is at work",
    );
    await runTogether(signal, [
      (stop) => runHeartbeatLoop(work, hello, settings, applySettings, stop),
      (stop) => runDesiredLocationsLoop(work, stop),
      (stop) => runStorageLoop(context, () => stepValueRetentionDays, stop),
      (stop) => runClaimLoop(work, [...queues, agentQueue(agentId)], stop),
    ]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    const left = await stopEverything();
    logger.info(
      { running: left },
      left === 0 ? "the agent has stopped" : "the agent has stopped; its workers go on",
    );
  }

  /** Returns how many workers go on. */
  async function stopEverything(): Promise<number> {
    registered.resolve();
    if (options.stopWorkers) await stopWorkers(work);
    await locations.stop();
    const timeout = { signal: gone.signal, timeoutMs: UNREGISTER_TIMEOUT_MS };
    await uplink.send(UnregisterAgentDocument, { agentId }, timeout).catch(() => {});
    gone.abort();
    health?.[Symbol.dispose]();
    launcher.close();
    uplink.close();
    home.release();
    return workers.list().filter((worker) => worker.findEnd() === null).length;
  }
}

/** Runs loops side by side; when one fails, the others are stopped before the failure is passed on. */
async function runTogether(
  signal: AbortSignal,
  loops: readonly ((stop: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const running = loops.map((loop) =>
    loop(stop).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  await Promise.allSettled(running);
  await Promise.all(running);
}
