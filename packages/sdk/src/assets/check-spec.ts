import type { AutomationCondition } from "@millrace/model/automation/condition";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import type { Metadata } from "@millrace/model/metadata";
import type { CheckSeverity } from "./check-result.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toDefinitionMetadata } from "../metadata/to-metadata.ts";

/** A check that the code of an asset evaluates itself. */
export interface CheckSpec {
  readonly name: string;
  readonly description: string | null;
  /** Whether a failure with severity `ERROR` stops what is downstream of the asset, in the same run. */
  readonly blocking: boolean;
  /** How bad a failure is whose result does not say it. */
  readonly severity: CheckSeverity;
  readonly metadata: Metadata;
  /** Whether it is evaluated for each partition of its asset; false: for the asset as a whole, also in a run of several. */
  readonly perPartition: boolean;
  /** Null: it is evaluated along with its asset. */
  readonly automationCondition: AutomationCondition | null;
}

/** What may be said about a check. */
export interface CheckSpecOptions {
  readonly description?: string;
  readonly blocking?: boolean;
  /** Default: `ERROR`. */
  readonly severity?: CheckSeverity;
  readonly metadata?: MetadataRecord;
  /** When the check is evaluated without anybody asking. Default: only along with its asset. */
  readonly automationCondition?: AutomationCondition;
}

/** What may be said about a check that the code of an asset evaluates itself. */
export interface OwnCheckOptions extends CheckSpecOptions {
  /**
   * `none`: the check is of the asset as a whole, such as a test of a table. One call of the code evaluates it once, however many
   * partitions it makes; of results by partition the last one counts. Default: `each`.
   */
  readonly partitions?: "each" | "none";
}

/** Declares a check whose result the asset's own code returns: `materializeResult({ value, checks: { name: true } })`. */
export function checkSpec(name: string, options: OwnCheckOptions = {}): CheckSpec {
  return Object.freeze({
    name,
    description: options.description ?? null,
    blocking: options.blocking ?? false,
    severity: options.severity ?? "ERROR",
    metadata: toDefinitionMetadata(options.metadata),
    perPartition: options.partitions !== "none",
    automationCondition:
      options.automationCondition === undefined
        ? null
        : parseAutomationCondition(options.automationCondition),
  });
}
