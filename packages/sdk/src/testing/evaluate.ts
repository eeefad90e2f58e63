import type { TickResult } from "@millrace/model/runs/work-item";
import { systemClock } from "@millrace/model/time/clock";
import { checkRequests } from "./check-requests.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { memoryRunInstance, type MemoryRunInstance } from "../context/memory-run-instance.ts";
import { DEFINITION } from "../definition/definition.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import type { ResolvedDefinitions } from "../definitions/resolved-definitions.ts";
import { evaluateScheduleTick, evaluateSensorTick } from "../execution/ticks/evaluate-tick.ts";
import type { Job } from "../jobs/job.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { SensedMaterialization, SensedRun } from "../sensors/sensed-events.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";
import { listAssetsWithUpstream, toResources, type TestResources } from "./test-definitions.ts";

/** How a test evaluates a schedule or sensor. */
export interface EvaluationOptions {
  /** Stand-ins: by value, see `standIn`; or by the name of the resource, which something must have, resources or plain values. */
  readonly resources?: TestResources;
  /** Definitions of assets that jobs select by text. */
  readonly assets?: readonly Asset[];
  /** What the code sees as `context.deployment`. Default: a deployment in which nothing has happened. */
  readonly instance?: MemoryRunInstance;
  /** What the code is told of when it last ticked. Default: null. */
  readonly lastTickAt?: Date | null;
}

/**
 * Evaluates one tick of a schedule in this process. What its code throws is in the result's `error`. The runs that it asks for
 * are checked as a launch would: partitions that exist at `scheduledAt`, assets of the job, run config by its schemas.
 *
 * @throws InvalidRunRequest, InvalidConfig for a run that could not be launched.
 */
export async function evaluateSchedule(
  schedule: Schedule,
  options: EvaluationOptions & { readonly scheduledAt: Date },
): Promise<TickResult> {
  const resolved = resolve({ schedules: [schedule] }, [schedule.job], options);
  const result = await evaluateScheduleTick(schedule, options.scheduledAt, {
    ...seenOf(options),
    definitions: resolved,
  });
  const clock = { ...systemClock, now: () => options.scheduledAt.getTime() };
  await checkRequests(result, resolved, [schedule.job], clock);
  return result;
}

/**
 * Evaluates one tick of a sensor in this process. What its code throws is in the result's `error`. A sensor on assets or
 * runs is told of `events`, see `sensedMaterialization` and `sensedRun`. The runs that it asks for are checked as a launch would.
 *
 * @example
 * const orders = asset("orders", () => 1);
 * const report = asset("report", () => 2);
 * const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, () => runRequest());
 * const { runRequests } = await evaluateSensor(onOrders, { events: [sensedMaterialization(orders)] });
 *
 * @throws InvalidRunRequest, InvalidConfig for a run that could not be launched.
 */
export async function evaluateSensor(
  sensor: Sensor,
  options: EvaluationOptions & {
    readonly cursor?: string | null;
    /** What has happened since the last evaluation, oldest first. */
    readonly events?: readonly (SensedMaterialization | SensedRun)[];
  } = {},
): Promise<TickResult> {
  const resolved = resolve({ sensors: [sensor] }, sensor.jobs, options);
  const result = await evaluateSensorTick(sensor, options.cursor ?? null, {
    ...seenOf(options),
    definitions: resolved,
    events: {
      materializations: (options.events ?? []).filter((event) => "assetKey" in event),
      runs: (options.events ?? []).filter((event) => "status" in event),
    },
  });
  await checkRequests(result, resolved, sensor.jobs, systemClock);
  return result;
}

function seenOf({ instance, lastTickAt = null }: EvaluationOptions) {
  return { questions: instance ?? memoryRunInstance(), lastTickAt };
}

function resolve(
  input: { readonly schedules?: readonly Schedule[]; readonly sensors?: readonly Sensor[] },
  jobs: readonly Job[],
  options: EvaluationOptions,
): ResolvedDefinitions {
  const selected = jobs.flatMap(({ target }) =>
    target.kind === "assets" && typeof target.selection !== "string" ? target.selection : [],
  );
  const assets = selected.filter((item) => typeof item !== "string" && item[DEFINITION] === "asset");
  const checks = selected.filter((item) => typeof item !== "string" && item[DEFINITION] === "asset_check");
  return resolveDefinitions(
    definitions({
      ...input,
      assets: listAssetsWithUpstream([...assets, ...(options.assets ?? [])], checks),
      checks,
      resources: toResources(options.resources),
    }),
  );
}
