import type { AutomationCondition } from "@millrace/model/automation/condition";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { RunConfig } from "@millrace/model/config/run-config";
import type { Metadata } from "@millrace/model/metadata";
import { checkKind } from "../definition/check-kind.ts";
import { checkOption } from "../definition/check-option.ts";
import { checkRetryPolicy } from "../computation/create-computation.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition, type SourcePosition } from "../definition/source-position.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { toRunConfig, type RunConfigInput } from "./config-of.ts";
import type { Executor } from "../executors/executor.ts";
import { recordBody } from "../graphs/composition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { Hook } from "../hooks/hook.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toDefinitionMetadata } from "../metadata/to-metadata.ts";
import { checkSelection, type SelectionInput } from "./selection-input.ts";

declare const runPartitions: unique symbol;

/**
 * What a run can be launched of: a selection of assets, or ops.
 *
 * `N` is its name and `P` how its runs are partitioned, as far as the types know it, for those who launch it from outside.
 */
export interface Job<
  N extends string = string,
  P extends PartitionsDefinition | undefined = PartitionsDefinition | undefined,
> extends Definition<"job"> {
  readonly [runPartitions]?: P;
  readonly name: N;
  readonly description: string | null;
  /** Tags of the job and of all its runs. */
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  readonly metadata: Metadata;
  /** Run config that holds unless a run brings its own. */
  readonly config: RunConfig;
  /** Policy for steps that have none of their own. */
  readonly retryPolicy: RetryPolicy | null;
  /** Called for every step of the job, before the step's own. */
  readonly hooks: readonly Hook[];
  /** Partitions of a job of ops; those of a job of assets follow from its assets. */
  readonly partitions: PartitionsDefinition | null;
  /** Null: that of the code location. */
  readonly executor: Executor | null;
  /** Null: only somebody or something else launches it. */
  readonly automationCondition: AutomationCondition | null;
  readonly target:
    | { readonly kind: "assets"; readonly selection: SelectionInput }
    | { readonly kind: "ops"; readonly body: GraphBody };
}

/** How the runs of a job are partitioned, as far as the types know it. */
export type JobPartitionsOf<J> = J extends Job<string, infer P> ? P : never;

/** What jobs of both kinds may say. */
export interface JobOptions<P = PartitionsDefinition | undefined> {
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly owners?: readonly string[];
  readonly metadata?: MetadataRecord;
  /** Run config that holds unless a run brings its own. */
  readonly config?: RunConfigInput;
  readonly retryPolicy?: RetryPolicy;
  /** Code to call when a step of the job has succeeded or failed, see `successHook` and `failureHook`. */
  readonly hooks?: readonly Hook[];
  readonly partitions?: P;
  /** How the steps of its runs are executed. Default: that of the code location, see `definitions`. */
  readonly executor?: Executor;
  /** When it is launched without anybody asking, see `automation.anyJobRootAssetsMatch`. */
  readonly automationCondition?: AutomationCondition;
}

/**
 * Declares a job over assets, or over ops that `body` calls.
 *
 * @example
 * export const daily = job("daily", { selection: "group:raw" });
 * export const ping = job("ping", () => { sendPing(); });
 */
export function job<
  const N extends string,
  const S extends SelectionInput,
  P extends PartitionsDefinition | undefined = undefined,
>(name: N, options: JobOptions<P> & { readonly selection: S }): Job<N, OwnOrSelected<P, S>>;
export function job<const N extends string>(name: N, body: () => unknown): Job<N, undefined>;
export function job<const N extends string, P extends PartitionsDefinition | undefined = undefined>(
  name: N,
  options: JobOptions<P>,
  body: () => unknown,
): Job<N, P>;
export function job(
  name: string,
  ...rest: [LooseJobOptions | (() => unknown)] | [LooseJobOptions, () => unknown]
): Job {
  const source = captureSourcePosition(job);
  const options = rest.find((item) => typeof item !== "function") ?? {};
  const body = rest.find((item) => typeof item === "function");
  const where = () => describeDefinition("job", name, { source });
  if (options.executor !== undefined) checkKind(where, "executor", options.executor, "executor");
  options.hooks?.forEach((hook, index) => checkKind(where, `hooks[${index}]`, hook, "hook"));
  if (options.selection !== undefined) checkSelection(where, "selection", options.selection);
  const target: Job["target"] = body
    ? { kind: "ops", body: recordBody(where, body) }
    : { kind: "assets", selection: options.selection ?? [] };
  return Object.freeze({
    [DEFINITION]: "job",
    source,
    name,
    description: options.description ?? null,
    tags: options.tags ?? {},
    owners: options.owners ?? [],
    metadata: checkOption("job", name, source, () => toDefinitionMetadata(options.metadata)),
    config: toRunConfig(options.config),
    retryPolicy: checkRetryPolicy("job", name, options.retryPolicy, source),
    hooks: options.hooks ?? [],
    partitions: options.partitions ?? null,
    executor: options.executor ?? null,
    automationCondition: checkCondition(name, options.automationCondition, source),
    target,
  } as const);
}

/** How the runs of a job of assets are partitioned: as it says itself, or as the assets that it selects by definition are. */
type OwnOrSelected<P extends PartitionsDefinition | undefined, S> = [P] extends [undefined]
  ? SelectedPartitions<S>
  : P;

/** How the assets that are selected by definition are partitioned; anything for those selected by text. */
export type SelectedPartitions<S> = S extends readonly (infer Item)[]
  ? [Item] extends [Asset]
    ? Item["partitions"]
    : PartitionsDefinition | undefined
  : PartitionsDefinition | undefined;

type LooseJobOptions = JobOptions & { readonly selection?: SelectionInput };

function checkCondition(
  name: string,
  condition: AutomationCondition | undefined,
  source: SourcePosition | null,
): AutomationCondition | null {
  if (condition === undefined) return null;
  return checkOption("job", name, source, () => parseAutomationCondition(condition));
}
