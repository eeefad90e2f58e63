import type { StepGraph } from "@millrace/model/steps/step-graph";
import type { AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { Asset } from "../assets/asset-definition.ts";
import type { CheckSpec } from "../checks/check-spec.ts";
import type { Computation } from "../definitions/computation.ts";
import type { GraphConfigMapping } from "../graphs/graph-definition.ts";
import type { Job } from "../jobs/job.ts";

/** Everything that a run executes, decided before its first step starts. */
export interface ExecutionPlan {
  readonly jobName: string;
  /** Null for a run of assets without a job of the user's. */
  readonly job: Job | null;
  /** All steps of the job, in order of execution; a run of some of them has the others too. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly graph: StepGraph;
  /** Graphs with a config of their own, outer ones first. */
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

/** One step with its code and what it reads and makes. */
export interface PlannedStep {
  readonly key: string;
  readonly kind: "asset" | "observation" | "check" | "op";
  readonly computation: Computation;
  /** In the order in which the code receives them. */
  readonly inputs: readonly PlannedInput[];
  readonly outputs: readonly PlannedOutput[];
  /** Checks whose results the step reports. */
  readonly checks: readonly PlannedCheck[];
  /** Names of the outputs that are asked for. */
  readonly selectedOutputs: ReadonlySet<string>;
  /** How what the step makes or checks is partitioned; null when it is not. */
  readonly partitions: PartitionsDefinition | null;
  /** The partition that the step makes or checks; null when it has none. */
  readonly partitionKey: string | null;
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
      /** Null for an asset without partitions. */
      readonly partitionKeys: readonly string[] | null;
      /** Whether the code receives one value, or values by partition key. */
      readonly loadsOne: boolean;
      /** Whether partitions without a value are left out instead of failing the step. */
      readonly allowMissing: boolean;
    }
  | { readonly kind: "outputs"; readonly name: string };

/** One output of a step. */
export interface PlannedOutput {
  readonly name: string;
  readonly required: boolean;
  readonly dynamic: boolean;
  /** The asset whose value it is; null for ops and checks. */
  readonly asset: Asset | null;
}

/** A check that a step evaluates. */
export interface PlannedCheck extends CheckSpec {
  readonly assetKey: AssetKey;
}
