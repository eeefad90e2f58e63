import type { AutomationCondition } from "@millrace/model/automation/condition";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import type { Metadata } from "@millrace/model/metadata";
import type { CheckSeverity } from "./check-result.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";

/** A check that the code of an asset evaluates itself. */
export interface CheckSpec {
  readonly name: string;
  readonly description: string | null;
  /** Whether a failure with severity `ERROR` stops what is downstream of the asset, in the same run. */
  readonly blocking: boolean;
  /** How bad a failure is whose result does not say it. */
  readonly severity: CheckSeverity;
  readonly metadata: Metadata;
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

/** Declares a check whose result the asset's own code returns: `materializeResult({ value, checks: { name: true } })`. */
export function checkSpec(name: string, options: CheckSpecOptions = {}): CheckSpec {
  return Object.freeze({
    name,
    description: options.description ?? null,
    blocking: options.blocking ?? false,
    severity: options.severity ?? "ERROR",
    metadata: toMetadata(options.metadata),
    automationCondition:
      options.automationCondition === undefined
        ? null
        : parseAutomationCondition(options.automationCondition),
  });
}
