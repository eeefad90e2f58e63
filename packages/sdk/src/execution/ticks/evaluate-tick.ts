import type { AssetKey } from "@millrace/model/asset-key";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { findSensedEvents } from "@millrace/model/sensed-events";
import { showValue } from "@millrace/model/show-value";
import type { TickResult } from "@millrace/model/runs/work-item";
import type { RunEvent } from "@millrace/model/run-event";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { ResourceMap } from "../../resources/resource.ts";
import type { Schedule } from "../../schedules/schedule.ts";
import type { RequestedRun } from "../../ticks/tick-outcome.ts";
import { createTickDeployment } from "../../context/deployment.ts";
import type { TickQuestions } from "../../context/deployment-questions.ts";
import { TICK } from "../../ticks/tick-brand.ts";
import type { SensedEvents } from "../../sensors/sensed-events.ts";
import type { Sensor } from "../../sensors/sensor-definition.ts";
import { systemClock } from "@millrace/model/time/clock";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { memoryRunInstance } from "../../context/memory-run-instance.ts";
import { orderResources } from "../resources/order-resources.ts";
import { readTickOutcome, type TickRequests, type TickSubject } from "./read-tick-outcome.ts";
import { parseResourceConfigs, pickResources, setUpResources } from "../resources/run-resources.ts";
import { createRunMemory } from "../scope/run-memory.ts";
import { NO_RUN_ASSETS } from "../scope/run-assets.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { listGivenSecrets } from "../../config/given-secrets.ts";
import { maskSecrets } from "../scope/mask-secrets.ts";
import { createLogger } from "../scope/run-log.ts";

/** The world that a tick is evaluated in. */
export interface TickOptions {
  readonly definitions: ResolvedDefinitions;
  /** What the code sees of its deployment. Default: one that is empty. */
  readonly questions?: TickQuestions;
  /** When it last ticked; null: never, as far as is known. Default: null. */
  readonly lastTickAt?: Date | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Receives what the code logs and how its resources fare. */
  readonly sink?: (event: RunEvent) => void;
  /** Default: those of this process. */
  readonly environmentVariables?: Readonly<Record<string, string | undefined>>;
}

/**
 * Evaluates one tick of a schedule: which runs it asks for. Whatever its code throws becomes the result's `error`.
 *
 * @param scheduledAt The instant that the tick stands for.
 */
export async function evaluateScheduleTick(
  schedule: Schedule,
  scheduledAt: Date,
  options: TickOptions,
): Promise<TickResult> {
  return evaluateTick(options, {
    what: `schedule "${schedule.name}"`,
    jobs: [schedule.job],
    tags: schedule.tags,
    resources: schedule.resources,
    context: { scheduleName: schedule.name, scheduledAt },
    evaluate: schedule.evaluate ?? (() => [PLAIN_REQUEST]),
    seen: null,
  });
}

/**
 * Evaluates one tick of a sensor: which runs it asks for and how far it has seen. The cursor it set holds even when its
 * code throws later; what it throws becomes the result's `error`. The code of a sensor that watches is only called when
 * enough has happened.
 *
 * @param options.onHandOver Receives cursors as they are set, and what is handed over with them, before the evaluation ends; the
 * result has none of it then. Default: the result has all.
 * @param options.events What has happened since the sensor was last evaluated. Default: nothing.
 */
export async function evaluateSensorTick(
  sensor: Sensor,
  cursor: string | null,
  options: TickOptions & {
    readonly onHandOver?: (handedOver: HandedOver) => void;
    readonly events?: SensedEvents;
  },
): Promise<TickResult> {
  const sensed = sensor.watch && options.events ? findSensedEvents(sensor.watch, options.events) : null;
  if (sensor.watch && !sensed)
    return { ...NO_REQUESTS, skipReason: "Nothing new that it watches for", cursor, error: null };
  const seen = { cursor };
  const subject = { what: `sensor "${sensor.name}"`, jobs: sensor.jobs, tags: sensor.tags };
  const kept: HandedOver[] = [];
  const handOver = (next: unknown, requests: unknown): void => {
    if (typeof next !== "string")
      throw new TypeError(
        `The cursor of ${subject.what} must be text, not ${showValue(next)}: write it with String(…) or JSON.stringify(…)`,
      );
    const read = readTickOutcome(subject, requests);
    seen.cursor = next;
    (options.onHandOver ?? ((handedOver) => void kept.push(handedOver)))({ ...read, cursor: next });
  };
  const result = await evaluateTick(options, {
    ...subject,
    resources: sensor.resources,
    context: {
      sensorName: sensor.name,
      cursor,
      setCursor: (next: string): void => handOver(next, undefined),
      checkpoint: (next: string, requests: unknown = []): void => handOver(next, requests),
      ...sensedContext(sensor, sensed),
    },
    evaluate: sensor.evaluate,
    seen,
  });
  return {
    ...result,
    runRequests: [...kept.flatMap(({ runRequests }) => runRequests), ...result.runRequests],
    partitionsRequests: [
      ...kept.flatMap(({ partitionsRequests }) => partitionsRequests),
      ...result.partitionsRequests,
    ],
    assetEvents: [...kept.flatMap(({ assetEvents }) => assetEvents), ...result.assetEvents],
  };
}

/** What the code of a sensor has found so far. */
export interface HandedOver extends TickRequests {
  readonly cursor: string;
}

function sensedContext(sensor: Sensor, sensed: SensedEvents | null): object {
  if (sensed === null) return {};
  const { materializations, runs } = sensed;
  if (sensor.kind === "run_status") return { runs };
  if (sensor.kind === "asset") return { materializations };
  const byAsset = Map.groupBy(materializations, ({ assetKey }) => assetKey);
  return {
    materializations,
    materializationsOf: ({ key }: { readonly key: AssetKey }) => byAsset.get(key) ?? [],
  };
}

const NO_REQUESTS = { runRequests: [], partitionsRequests: [], assetEvents: [] } as const;

const PLAIN_REQUEST: RequestedRun = {
  [TICK]: "run",
  runKey: null,
  jobName: null,
  assetSelection: null,
  partitionKey: null,
  runConfig: {},
  tags: {},
};

/** The code of a tick, and what it is called with. */
interface TickCode extends TickSubject {
  readonly resources: ResourceMap;
  /** What its context holds beside resources, log and signal. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly evaluate: (context: never) => unknown;
  /** How far a sensor has seen, which its code moves; null for a schedule. */
  readonly seen: { readonly cursor: string | null } | null;
}

async function evaluateTick(options: TickOptions, code: TickCode): Promise<TickResult> {
  const { resources, context, seen } = code;
  const scope = createTickScope(options);
  try {
    const ordered = orderResources(options.definitions, [resources]);
    const configs = await parseResourceConfigs(scope, ordered, {});
    const ready = await setUpResources(scope, ordered, configs, null);
    try {
      const outcome = await (code.evaluate as (context: unknown) => unknown)({
        ...context,
        lastTickAt: options.lastTickAt ?? null,
        deployment: createTickDeployment(options.questions ?? memoryRunInstance()),
        resources: pickResources(ready.values, resources),
        log: createLogger(scope, null),
        signal: scope.signal,
      });
      const { skipReason, ...read } = readTickOutcome(code, outcome);
      const shown = maskSecrets(skipReason, scope.environment.secrets);
      return { ...read, skipReason: shown, cursor: seen?.cursor ?? null, error: null };
    } finally {
      await ready.tearDown();
    }
  } catch (error) {
    const shown = maskSecrets(toErrorInfo(error), scope.environment.secrets);
    return { ...NO_REQUESTS, skipReason: null, cursor: seen?.cursor ?? null, error: shown };
  }
}

function createTickScope(options: TickOptions): RunScope {
  const variables = options.environmentVariables ?? process.env;
  return {
    run: { runId: "", jobName: ASSET_JOB, tags: {}, runConfig: {} },
    definitions: options.definitions,
    instance: memoryRunInstance(), // The engine asks nothing for a tick.
    assets: NO_RUN_ASSETS,
    memory: createRunMemory(null),
    storageDirectory: "",
    environment: { variables, secrets: listGivenSecrets(variables) },
    clock: systemClock,
    maySuspend: false,
    letTimePass: systemClock.sleep,
    random: Math.random,
    signal: options.signal ?? new AbortController().signal,
    interruptGraceSeconds: 0,
    sink: options.sink ?? (() => {}),
    writeOutput: () => {},
  };
}
