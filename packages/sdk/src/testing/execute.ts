import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { RunEvent } from "@millrace/model/run-event";
import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import type { RunConfig } from "@millrace/model/config/run-config";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { Asset } from "../assets/asset-definition.ts";
import type { MultiAsset } from "../assets/create-multi-asset.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { MultiAssetCheck } from "../checks/multi-asset-check.ts";
import { definitions } from "../definitions/definitions.ts";
import { DEFINITION } from "../definition/definition.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import type { ResolvedDefinitions } from "../definitions/resolved-definitions.ts";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import { executeRun } from "../execution/run/execute-run.ts";
import { memoryRunInstance, type MemoryRunInstance } from "../context/memory-run-instance.ts";
import type { PlanRequest } from "../execution/plan/plan-request.ts";
import type { IoManager } from "../io/io-manager.ts";
import { memoryIoManager, memoryKey } from "../io/memory-io-manager.ts";
import type { Job } from "../jobs/job.ts";
import { createResult, StepsFailed, type ExecutionResult } from "./execution-result.ts";
import { isByValue, toRunConfig, type ConfigEntry } from "../jobs/config-of.ts";
import { isStandIns, type StandIn } from "../definitions/stand-in.ts";
import { valueFormats } from "../io/value-format.ts";
import { createSkippedTime } from "./skipped-time.ts";
import { listAssetsWithUpstream, toResources, type TestResources } from "./test-definitions.ts";

/** How a test runs things. */
export interface ExecutionOptions {
  /** By value, of whatever takes config: `[configOf(asset, { … })]`; or that of steps by step key. */
  readonly config?: Readonly<Record<string, unknown>> | readonly ConfigEntry[];
  /** Run config as the document that a launch has, under `config`. */
  readonly runConfig?: RunConfig;
  /** Stand-ins: by value, see `standIn`; or by the name of the resource, which something must have, resources or plain values. */
  readonly resources?: TestResources;
  /**
   * By value, see `standIn`, or by name. Default: all values stay in memory, and come out as they went through the format of the
   * IO manager that they would be stored by, where that is one of `valueFormats`.
   */
  readonly ioManagers?: Readonly<Record<string, IoManager>> | readonly StandIn<IoManager>[];
  readonly partitionKey?: string;
  /** Several partitions in a row, instead of `partitionKey`. */
  readonly partitionRange?: PartitionKeyRange;
  readonly tags?: Readonly<Record<string, string>>;
  /** Values that assets outside the run have, for those that depend on them. */
  readonly values?: readonly (readonly [asset: Asset, value: unknown, partitionKey?: string])[];
  /** Default: a step's or resource's failure throws `StepsFailed`. */
  readonly throwOnFailure?: boolean;
  /** The deployment that the run asks about itself. Default: a new one, see `memoryRunInstance`. */
  readonly instance?: MemoryRunInstance;
  readonly signal?: AbortSignal;
  /**
   * The time that the run sees. Without `monotonic`, what took how long goes by `now`. Default: this machine's, on which what steps
   * wait for with `context.sleep`, `sleepUntil` and `waitFor` takes no time.
   */
  readonly clock?: Omit<Clock, "monotonic"> & Partial<Clock>;
}

/**
 * Makes assets and evaluates checks in this process, in memory, without a server. Assets that these depend on and that
 * are not listed are not made; give their values with `values`.
 *
 * @example
 * const result = await materialize([rawOrders, cleanOrders], { config: { clean_orders: { minTotal: 10 } } });
 * expect(result.value(cleanOrders)).toEqual([]);
 *
 * @throws StepsFailed when the run does not succeed, unless `throwOnFailure` is false.
 */
export async function materialize(
  targets: readonly (Asset | MultiAsset | AssetCheck | MultiAssetCheck)[],
  options: ExecutionOptions = {},
): Promise<ExecutionResult> {
  const assets = targets.flatMap((target): readonly Asset[] => {
    if (target[DEFINITION] === "asset_check" || target[DEFINITION] === "multi_asset_check") return [];
    return target[DEFINITION] === "multi_asset" ? Object.values(target.assets) : [target];
  });
  const checks = targets.flatMap((target): readonly AssetCheck[] => {
    if (target[DEFINITION] === "asset_check") return [target];
    return target[DEFINITION] === "multi_asset_check" ? Object.values(target.checks) : [];
  });
  const known = listAssetsWithUpstream(assets, checks);
  return run(resolve({ assets: known, checks }, options), options, {
    jobName: ASSET_JOB,
    assetSelection: assets.map((asset) => asset.key),
    checkSelection: checks.map((check) => `${check.assetKey}:${check.name}`),
  });
}

/**
 * Runs a job in this process, in memory, without a server. A job over assets selected by text needs their definitions in
 * `assets`.
 *
 * @throws StepsFailed when the run does not succeed, unless `throwOnFailure` is false.
 */
export async function executeJob(
  job: Job,
  options: ExecutionOptions & {
    readonly assets?: readonly Asset[];
    readonly checks?: readonly AssetCheck[];
    /**
     * The steps to run: keys, or clauses such as `*load+`. Default: all. Of what the others make, only the values of assets
     * can be given, with `values`.
     */
    readonly select?: readonly string[];
  } = {},
): Promise<ExecutionResult> {
  const { target } = job;
  const selected = target.kind === "assets" && typeof target.selection !== "string" ? target.selection : [];
  const assets = selected.filter((item) => typeof item !== "string" && item[DEFINITION] === "asset");
  const checks = selected.filter((item) => typeof item !== "string" && item[DEFINITION] === "asset_check");
  const input = {
    jobs: [job],
    assets: listAssetsWithUpstream([...assets, ...(options.assets ?? [])], checks),
    checks: [...new Set([...checks, ...(options.checks ?? [])])],
  };
  return run(resolve(input, options), options, { jobName: job.name, stepSelection: options.select ?? null });
}

interface Prepared {
  readonly definitions: ResolvedDefinitions;
  readonly values: Map<string, unknown>;
}

function resolve(
  input: {
    readonly assets: readonly Asset[];
    readonly checks: readonly AssetCheck[];
    readonly jobs?: readonly Job[];
  },
  options: ExecutionOptions,
): Prepared {
  const values = new Map<string, unknown>();
  // As the default IO manager would store them.
  const memory = memoryIoManager(values, valueFormats.clone);
  const own = input.assets.flatMap(({ ioManager }) =>
    ioManager ? [[ioManager.name, memoryIoManager(values, ioManager.format)] as const] : [],
  );
  return {
    values,
    definitions: resolveDefinitions(
      definitions({
        ...input,
        resources: toResources(options.resources),
        ioManagers: layIoManagers({ default: memory, ...Object.fromEntries(own) }, options.ioManagers),
      }),
    ),
  };
}

/** What a test gives, over what keeps values in memory. */
function layIoManagers(
  memory: Readonly<Record<string, IoManager>>,
  given: ExecutionOptions["ioManagers"] = {},
): NonNullable<ExecutionOptions["ioManagers"]> {
  if (!isStandIns(given)) return { ...memory, ...given };
  return [...Object.entries(memory).map(([name, by]) => ({ name, by })), ...given];
}

/** The run config of steps by step key, or what is given by value. */
function readConfig(given: NonNullable<ExecutionOptions["config"]> = {}): RunConfig {
  if (isByValue(given)) return toRunConfig(given);
  return { ops: Object.fromEntries(Object.entries(given).map(([key, config]) => [key, { config }])) };
}

async function run(
  prepared: Prepared,
  options: ExecutionOptions,
  request: PlanRequest,
): Promise<ExecutionResult> {
  const { values } = prepared;
  const runId = randomUUID();
  const partitionKey = options.partitionKey ?? null;
  for (const [asset, value, key] of options.values ?? []) {
    const partition = asset.partitions === undefined ? null : (key ?? partitionKey);
    values.set(
      memoryKey({
        assetKey: asset.key,
        partitionKey: partition,
        runId,
        stepKey: "",
        outputName: "",
        mappingKey: null,
      }),
      value,
    );
  }
  const events: RunEvent[] = [];
  const instance = options.instance ?? memoryRunInstance();
  const outcome = await executeRun({
    definitions: prepared.definitions,
    instance,
    ...request,
    partitionKey,
    partitionRange: options.partitionRange ?? null,
    runId,
    tags: options.tags ?? {},
    runConfig: mergeRunConfig(options.runConfig ?? {}, readConfig(options.config)),
    storageDirectory: join(tmpdir(), "millrace-testing", runId),
    sink: (event) => {
      events.push(event);
      instance.recordEvent(runId, event);
    },
    writeOutput: () => {},
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.clock
      ? { clock: { monotonic: options.clock.now, ...options.clock } }
      : createSkippedTime(systemClock)),
  });
  const result = createResult(outcome, events, values, runId, partitionKey);
  if (!result.succeeded && options.throwOnFailure !== false) throw new StepsFailed(result);
  return result;
}
