import type { StepGraph, StepSource } from "@millrace/model/steps/step-graph";
import type { AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { Asset, AssetDependency } from "../../assets/asset-definition.ts";
import type { CheckSpec } from "../../assets/check-spec.ts";
import type { Computation } from "../../computation/computation.ts";
import type { GraphConfigMapping } from "../../graphs/graph-definition.ts";
import type { Job } from "../../jobs/job.ts";

/** Everything that a run executes, decided before its first step starts. */
export interface ExecutionPlan {
  readonly jobName: string;
  /** Null for a run of assets without a job of the user's. */
  readonly job: Job | null;
  /** All steps of the job, in order of execution; a run of some of them has the others too. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly graph: StepGraph;
  /** Graphs with a config of their own, outer ones first, by where run config has it. */
  readonly graphConfigs: readonly PlannedGraphConfig[];
  /** Keys of the steps to run; null: all of them. */
  readonly stepSelection: readonly string[] | null;
  readonly partitionKey: string | null;
}

/** A graph whose config becomes that of its steps. */
export interface PlannedGraphConfig extends GraphConfigMapping {
  /** As in run config: `outer.inner`. The keys of its steps begin with it and a dot. */
  readonly key: string;
  /** Names that its map may give configs for, relative to the key. */
  readonly nodes: ReadonlySet<string>;
}

/** The partitions of what a step makes or checks. */
export interface StepPartitions {
  /** How it is partitioned; null when it is not. */
  readonly partitions: PartitionsDefinition | null;
  /** Those that the step works on, in order; null when it has none. */
  readonly partitionKeys: readonly string[] | null;
  /** The only one of them; null when there are none or several. */
  readonly partitionKey: string | null;
  /** Whether the code takes all of them at once, by key, even when there is only one. */
  readonly takesSeveral: boolean;
}

/** What a step has that knows of no partitions. */
export const NO_PARTITIONS: StepPartitions = {
  partitions: null,
  partitionKeys: null,
  partitionKey: null,
  takesSeveral: false,
};

/** One step with its code and what it reads and makes. */
export interface PlannedStep extends StepPartitions {
  readonly key: string;
  /** Where run config has its config: the key of the step that it is a part of. */
  readonly configKey: string;
  readonly kind: "asset" | "observation" | "check" | "op";
  readonly computation: Computation;
  /** Assets that what the step makes or checks depends on, loaded or not, also those it makes itself; none for an op. */
  readonly dependencies: readonly AssetDependency[];
  /** In the order in which the code receives them; then those that it asks for. */
  readonly inputs: readonly PlannedInput[];
  /** The step for each of its partitions, when there are several and the code takes one at a time; null: it is called once. */
  readonly calls: readonly PlannedStep[] | null;
  readonly outputs: readonly PlannedOutput[];
  /** Checks whose results the step reports. */
  readonly checks: readonly PlannedCheck[];
  /** Names of the outputs that are asked for. */
  readonly selectedOutputs: ReadonlySet<string>;
  /** Null: the job's policy. */
  readonly retryPolicy: RetryPolicy | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where one parameter of a step's code comes from. */
export type PlannedInput =
  | {
      readonly kind: "asset";
      readonly name: string;
      readonly asset: Asset;
      /** What it is loaded for. */
      readonly dependency: AssetDependency;
      /** Whether it is a parameter of the code, which asks `context.input` for it otherwise. */
      readonly isParameter: boolean;
      /** The step that makes the asset: the part of it, where this run makes it. */
      readonly madeBy: string;
      /** How the asset is partitioned, as far as whoever depends on it knows; null when it is not. */
      readonly partitions: PartitionsDefinition | null;
      /** Null for an asset without partitions. */
      readonly partitionKeys: readonly string[] | null;
      /** Whether the code receives one value, or values by partition key. */
      readonly loadsOne: boolean;
    }
  | { readonly kind: "outputs"; readonly name: string }
  /** An object with the values of several outputs, each under a name of its own; those that were left out are not in it. */
  | {
      readonly kind: "named_outputs";
      readonly name: string;
      readonly outputs: readonly (StepSource & { readonly name: string })[];
    };

/** One output of a step. */
export interface PlannedOutput {
  readonly name: string;
  readonly required: boolean;
  readonly dynamic: boolean;
  /** The asset whose value it is; null for ops and checks. */
  readonly asset: Asset | null;
  /** Whether anything may load the value: always an asset's, and that of an op when a step of the job's graph takes it. */
  readonly isRead: boolean;
}

/** A check that a step evaluates. */
export interface PlannedCheck extends CheckSpec {
  readonly assetKey: AssetKey;
  /** The name under which the step's code returns its result; null: by its own name, or as all that the code returns. */
  readonly resultName: string | null;
}
