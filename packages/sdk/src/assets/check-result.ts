import type { MetadataRecord } from "../metadata/metadata.ts";

/** How bad it is when a check does not pass. Only an `ERROR` of a blocking check stops what is downstream. */
export type CheckSeverity = "WARN" | "ERROR";

/** What a check found. */
export interface CheckResult {
  readonly passed: boolean;
  /** For a check that did not pass. Default: the severity of the check's definition. */
  readonly severity?: CheckSeverity;
  readonly metadata?: MetadataRecord;
  readonly description?: string;
}
