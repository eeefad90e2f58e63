import { ExpectedError } from "@millrace/model/expected-error";

/** Settings that are not what they should be; the message names the setting. */
export class InvalidDeploymentSettings extends ExpectedError {
  readonly code = "invalid_deployment_settings";
}

/** At most `limit` active runs with this tag. */
export interface TagConcurrencyLimit {
  readonly key: string;
  /** Null: any value counts. */
  readonly value: string | null;
  /** With `value` null: every value has a limit of its own, instead of one for all of them together. */
  readonly perUniqueValue: boolean;
  readonly limit: number;
}

/** What an administrator can set for one deployment, defaults filled in. */
export interface DeploymentSettings {
  /** Runs that may be active at once. Default: 10. */
  readonly maxConcurrentRuns: number;
  readonly tagConcurrencyLimits: readonly TagConcurrencyLimit[];
  /** Seconds a run may wait for an agent to start its worker. Default: 300. */
  readonly startTimeoutSeconds: number;
  /** Days that structured events and captured output are kept. Default: 30. */
  readonly eventRetentionDays: number;
  /** Run workers that each code location keeps loaded and waiting. Default: 1. */
  readonly standbyWorkers: number;
  /** How often a run whose worker died may go on in a further attempt. A run's tag overrides it. Default: 0, it fails at once. */
  readonly maxResumeRunAttempts: number;
  /** Seconds that a run may take from its start; a run's tag overrides it. Default: null, as long as it wants. */
  readonly maxRuntimeSeconds: number | null;
}

/**
 * Reads settings as stored or as written by an administrator, in snake case: `{"max_concurrent_runs": 25}`. What is left out has
 * its default; settings it does not know are refused, so that a misspelt one is noticed.
 *
 * @throws InvalidDeploymentSettings
 */
export function parseDeploymentSettings(value: unknown): DeploymentSettings {
  const fields = readObject(value, "The settings of a deployment");
  refuseUnknown(fields, "", [
    "max_concurrent_runs",
    "tag_concurrency_limits",
    "start_timeout_seconds",
    "event_retention_days",
    "standby_workers",
    "max_resume_run_attempts",
    "max_runtime_seconds",
  ]);
  const limits = fields["tag_concurrency_limits"] ?? [];
  if (!Array.isArray(limits)) throw new InvalidDeploymentSettings("`tag_concurrency_limits` must be a list");
  return {
    maxConcurrentRuns: readInteger(fields, "max_concurrent_runs", 0) ?? 10,
    tagConcurrencyLimits: limits.map((limit: unknown, index) =>
      parseTagLimit(limit, `tag_concurrency_limits[${index}]`),
    ),
    startTimeoutSeconds: readInteger(fields, "start_timeout_seconds", 1) ?? 300,
    eventRetentionDays: readInteger(fields, "event_retention_days", 1) ?? 30,
    standbyWorkers: readInteger(fields, "standby_workers", 0) ?? 1,
    maxResumeRunAttempts: readInteger(fields, "max_resume_run_attempts", 0) ?? 0,
    maxRuntimeSeconds: readInteger(fields, "max_runtime_seconds", 1),
  };
}

/** The settings as an administrator writes them, every default spelt out. */
export function formatDeploymentSettings(settings: DeploymentSettings): Record<string, unknown> {
  return {
    max_concurrent_runs: settings.maxConcurrentRuns,
    tag_concurrency_limits: settings.tagConcurrencyLimits.map(({ key, value, perUniqueValue, limit }) => ({
      key,
      limit,
      ...(value === null ? {} : { value }),
      ...(perUniqueValue ? { per_unique_value: true } : {}),
    })),
    start_timeout_seconds: settings.startTimeoutSeconds,
    event_retention_days: settings.eventRetentionDays,
    standby_workers: settings.standbyWorkers,
    max_resume_run_attempts: settings.maxResumeRunAttempts,
    max_runtime_seconds: settings.maxRuntimeSeconds,
  };
}

function parseTagLimit(value: unknown, path: string): TagConcurrencyLimit {
  const fields = readObject(value, `\`${path}\``);
  refuseUnknown(fields, `${path}.`, ["key", "value", "limit", "per_unique_value"]);
  const { key, value: tagValue = null, per_unique_value: perUniqueValue = false } = fields;
  if (typeof key !== "string" || key === "")
    throw new InvalidDeploymentSettings(`\`${path}.key\` must be the name of a tag`);
  if (tagValue !== null && typeof tagValue !== "string")
    throw new InvalidDeploymentSettings(`\`${path}.value\` must be text`);
  if (typeof perUniqueValue !== "boolean")
    throw new InvalidDeploymentSettings(`\`${path}.per_unique_value\` must be true or false`);
  if (perUniqueValue && tagValue !== null)
    throw new InvalidDeploymentSettings(
      `\`${path}\` has both \`value\` and \`per_unique_value\`: leave one out`,
    );
  const limit = readInteger(fields, "limit", 0, `${path}.`);
  if (limit === null) throw new InvalidDeploymentSettings(`\`${path}.limit\` is missing`);
  return { key, value: tagValue, perUniqueValue, limit };
}

function readObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidDeploymentSettings(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function refuseUnknown(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  known: readonly string[],
): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidDeploymentSettings(
      `There is no setting \`${path}${unknown}\`; there are ${known.join(", ")}`,
    );
}

function readInteger(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  path = "",
): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least)
    throw new InvalidDeploymentSettings(`\`${path}${name}\` must be a whole number, ${least} or more`);
  return value;
}
