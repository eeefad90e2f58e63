import {
  InvalidContainerSettings,
  parseContainerSettings,
  type ContainerSettings,
} from "@millrace/model/container-settings";
import { ExpectedError } from "@millrace/model/expected-error";
import { MAX_SECONDS } from "@millrace/model/seconds";

/** A hundred years: what is to stay for ever, stays that long. The database reckons no further back than some thousand. */
const MAX_DAYS = 36_500;
/** Each is a process with the user's code in it, for each code location; whoever needs more has an agent say so itself. */
const MAX_STANDBY_WORKERS = 100;
/** What the database takes for a count. */
const MAX_COUNT = 2_147_483_647;

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

/** Which of the queued runs of equal priority goes first: the oldest, or one of the code location that has the fewest active runs. */
export type QueueOrder = "strict" | "fair";

/** What the limit of a pool counts: the steps that run, or the runs that have a step of the pool. */
export type PoolGranularity = "op" | "run";

/** What a run that is launched again by itself repeats: what had not succeeded, or everything. */
export type RunRetryStrategy = "from_failure" | "all_steps";

/** What an administrator can set for one deployment, defaults filled in. */
export interface DeploymentSettings {
  /** Runs that may be active at once. Default: 10. */
  readonly maxConcurrentRuns: number;
  readonly tagConcurrencyLimits: readonly TagConcurrencyLimit[];
  /** Which of the queued runs of equal priority goes first. Default: `strict`, the oldest. */
  readonly queueOrder: QueueOrder;
  /** What the limits of pools count: the steps that run, or the runs that have such a step. Default: `op`, the steps. */
  readonly poolGranularity: PoolGranularity;
  /** How many slots a pool has whose limit nobody has set. Default: null, as many as are asked for. */
  readonly poolDefaultLimit: number | null;
  /** Seconds a run may wait for an agent to start its worker. Default: 300. */
  readonly startTimeoutSeconds: number;
  /** Seconds from the wish to cancel a run until it ends although its worker has not. Default: 180. */
  readonly cancelTimeoutSeconds: number;
  /** Seconds for which the main thread of a worker may be blocked; a run's tag overrides it. 0: for ever. Default: 3600. */
  readonly hangTimeoutSeconds: number;
  /** Seconds for which a run keeps its slot, and does not fail, though its worker gives no sign of life. Default: 60. */
  readonly workerLeaseSeconds: number;
  /** Days that structured events and captured output are kept. Default: 30. */
  readonly eventRetentionDays: number;
  /** Days that ended runs, and what was reported of assets and checks, are kept. Default: 365. */
  readonly historyRetentionDays: number;
  /** Days that agents keep the outputs of ops after the last run that may go on from them. Default: 30. */
  readonly stepValueRetentionDays: number;
  /** How long agents that are gone are listed. */
  readonly agentRetentionDays: number;
  /** Run workers that each code location keeps loaded and waiting. Default: 1. */
  readonly standbyWorkers: number;
  /** What containers of code servers and runs have; a location's document, a job and a run override it. Default: nothing of its own. */
  readonly container: ContainerSettings;
  /** How often a run whose worker died may go on in a further attempt. A run's tag overrides it. Default: 0, it fails at once. */
  readonly maxResumeRunAttempts: number;
  /** Seconds that a run may take from its start; a run's tag overrides it. Default: null, as long as it wants. */
  readonly maxRuntimeSeconds: number | null;
  /** How often a run that has failed is launched again by itself. A run's tag overrides it. Default: 0, never. */
  readonly maxRunRetries: number;
  /** What it repeats then. A run's tag overrides it. Default: `from_failure`. */
  readonly runRetryStrategy: RunRetryStrategy;
  /** Seconds from the failure to the first try; each further one waits twice as long as the one before it. Default: 0. */
  readonly runRetryDelaySeconds: number;
  /** The longest of these pauses, in seconds. Default: 3600. */
  readonly runRetryMaxDelaySeconds: number;
  /** Whether a run is launched again whose steps have failed, or only one whose worker has. A run's tag overrides it. Default: true. */
  readonly retryOnAssetOrOpFailure: boolean;
  /** Whether automation conditions are evaluated. Default: true. */
  readonly automationEnabled: boolean;
  /** Groups of assets whose conditions are not evaluated. Default: none. */
  readonly automationOffGroups: readonly string[];
}

/** The name of each setting where it is written and stored. */
const NAMES = {
  maxConcurrentRuns: "max_concurrent_runs",
  tagConcurrencyLimits: "tag_concurrency_limits",
  queueOrder: "queue_order",
  poolGranularity: "pool_granularity",
  poolDefaultLimit: "pool_default_limit",
  startTimeoutSeconds: "start_timeout_seconds",
  cancelTimeoutSeconds: "cancel_timeout_seconds",
  hangTimeoutSeconds: "hang_timeout_seconds",
  workerLeaseSeconds: "worker_lease_seconds",
  eventRetentionDays: "event_retention_days",
  historyRetentionDays: "history_retention_days",
  stepValueRetentionDays: "step_value_retention_days",
  agentRetentionDays: "agent_retention_days",
  standbyWorkers: "standby_workers",
  container: "container",
  maxResumeRunAttempts: "max_resume_run_attempts",
  maxRuntimeSeconds: "max_runtime_seconds",
  maxRunRetries: "max_run_retries",
  runRetryStrategy: "run_retry_strategy",
  runRetryDelaySeconds: "run_retry_delay_seconds",
  runRetryMaxDelaySeconds: "run_retry_max_delay_seconds",
  retryOnAssetOrOpFailure: "retry_on_asset_or_op_failure",
  automationEnabled: "automation_enabled",
  automationOffGroups: "automation_off_groups",
} as const satisfies Record<keyof DeploymentSettings, string>;

/** Names of the settings that this version knows, as they are stored. */
export const SETTING_NAMES: readonly string[] = Object.values(NAMES);

/**
 * Reads settings as an administrator writes them, in snake case: `{"max_concurrent_runs": 25}`. What is left out has its default;
 * settings it does not know are refused, so that a misspelt one is noticed.
 *
 * @throws InvalidDeploymentSettings
 */
export function parseSettingsInput(value: unknown): DeploymentSettings {
  const fields = readObject(value, "The settings of a deployment");
  refuseUnknown(fields, "", SETTING_NAMES);
  return readSettings(fields, refuseUnknown, (invalid) => {
    throw invalid;
  });
}

/** Settings as they are stored, and what of them could not be used. */
export interface StoredSettings {
  readonly settings: DeploymentSettings;
  /** Why settings have their defaults instead of what is stored. */
  readonly problems: readonly SettingsProblem[];
}

/** A stored setting that can't be used. */
export interface SettingsProblem {
  /** Its name; null: all of them. */
  readonly setting: string | null;
  readonly message: string;
}

/**
 * Reads settings as stored, perhaps by another version: one that it does not know is passed over, one whose value it can't use has
 * its default. Never fails, since one deployment's settings must not stop what is done for it, let alone for others.
 */
export function readStoredSettings(value: unknown): StoredSettings {
  const problems: SettingsProblem[] = [];
  const passOver = ({ message }: InvalidDeploymentSettings, setting: string | null): void =>
    void problems.push({ setting, message });
  let fields: Fields = {};
  try {
    fields = readObject(value, "The settings of a deployment");
  } catch (error) {
    if (!(error instanceof InvalidDeploymentSettings)) throw error;
    passOver(error, null);
  }
  return { settings: readSettings(fields, () => {}, passOver), problems };
}

type Fields = Readonly<Record<string, unknown>>;

function readSettings(
  fields: Fields,
  checkNames: typeof refuseUnknown,
  onInvalid: (invalid: InvalidDeploymentSettings, setting: string) => void,
): DeploymentSettings {
  /** Null and what is left out are the same. */
  function read<T>(
    setting: keyof typeof NAMES,
    parse: (value: unknown, path: string) => T,
    fallback: NoInfer<T>,
  ): T {
    const value = fields[NAMES[setting]] ?? null;
    if (value === null) return fallback;
    try {
      return parse(value, NAMES[setting]);
    } catch (error) {
      if (!(error instanceof InvalidDeploymentSettings)) throw error;
      onInvalid(error, NAMES[setting]);
      return fallback;
    }
  }
  const limits = tagLimits(checkNames, (invalid) => onInvalid(invalid, NAMES.tagConcurrencyLimits));
  return {
    maxConcurrentRuns: read("maxConcurrentRuns", integerFrom(0), 10),
    tagConcurrencyLimits: read("tagConcurrencyLimits", limits, []),
    queueOrder: read("queueOrder", oneOf(["strict", "fair"]), "strict"),
    poolGranularity: read("poolGranularity", oneOf(["op", "run"]), "op"),
    poolDefaultLimit: read<number | null>("poolDefaultLimit", integerFrom(0), null),
    startTimeoutSeconds: read("startTimeoutSeconds", integerFrom(1, MAX_SECONDS), 300),
    cancelTimeoutSeconds: read("cancelTimeoutSeconds", integerFrom(30, MAX_SECONDS), 180),
    hangTimeoutSeconds: read("hangTimeoutSeconds", integerFrom(0, MAX_SECONDS), 3_600),
    workerLeaseSeconds: read("workerLeaseSeconds", integerFrom(15, MAX_SECONDS), 60),
    eventRetentionDays: read("eventRetentionDays", integerFrom(1, MAX_DAYS), 30),
    historyRetentionDays: read("historyRetentionDays", integerFrom(1, MAX_DAYS), 365),
    stepValueRetentionDays: read("stepValueRetentionDays", integerFrom(1, MAX_DAYS), 30),
    agentRetentionDays: read("agentRetentionDays", integerFrom(1, MAX_DAYS), 7),
    standbyWorkers: read("standbyWorkers", integerFrom(0, MAX_STANDBY_WORKERS), 1),
    container: read("container", parseContainer, {}),
    maxResumeRunAttempts: read("maxResumeRunAttempts", integerFrom(0), 0),
    maxRuntimeSeconds: read<number | null>("maxRuntimeSeconds", integerFrom(1, MAX_SECONDS), null),
    maxRunRetries: read("maxRunRetries", integerFrom(0), 0),
    runRetryStrategy: read("runRetryStrategy", oneOf(["from_failure", "all_steps"]), "from_failure"),
    runRetryDelaySeconds: read("runRetryDelaySeconds", integerFrom(0, MAX_SECONDS), 0),
    runRetryMaxDelaySeconds: read("runRetryMaxDelaySeconds", integerFrom(0, MAX_SECONDS), 3_600),
    retryOnAssetOrOpFailure: read("retryOnAssetOrOpFailure", parseBoolean, true),
    automationEnabled: read("automationEnabled", parseBoolean, true),
    automationOffGroups: read("automationOffGroups", parseNames, []),
  };
}

/** The settings as an administrator writes them, every default spelt out. */
export function formatDeploymentSettings(settings: DeploymentSettings): Record<string, unknown> {
  return {
    [NAMES.maxConcurrentRuns]: settings.maxConcurrentRuns,
    [NAMES.tagConcurrencyLimits]: settings.tagConcurrencyLimits.map(
      ({ key, value, perUniqueValue, limit }) => ({
        key,
        limit,
        ...(value === null ? {} : { value }),
        ...(perUniqueValue ? { per_unique_value: true } : {}),
      }),
    ),
    [NAMES.queueOrder]: settings.queueOrder,
    [NAMES.poolGranularity]: settings.poolGranularity,
    [NAMES.poolDefaultLimit]: settings.poolDefaultLimit,
    [NAMES.startTimeoutSeconds]: settings.startTimeoutSeconds,
    [NAMES.cancelTimeoutSeconds]: settings.cancelTimeoutSeconds,
    [NAMES.hangTimeoutSeconds]: settings.hangTimeoutSeconds,
    [NAMES.workerLeaseSeconds]: settings.workerLeaseSeconds,
    [NAMES.eventRetentionDays]: settings.eventRetentionDays,
    [NAMES.historyRetentionDays]: settings.historyRetentionDays,
    [NAMES.stepValueRetentionDays]: settings.stepValueRetentionDays,
    [NAMES.agentRetentionDays]: settings.agentRetentionDays,
    [NAMES.standbyWorkers]: settings.standbyWorkers,
    [NAMES.container]: settings.container,
    [NAMES.maxResumeRunAttempts]: settings.maxResumeRunAttempts,
    [NAMES.maxRuntimeSeconds]: settings.maxRuntimeSeconds,
    [NAMES.maxRunRetries]: settings.maxRunRetries,
    [NAMES.runRetryStrategy]: settings.runRetryStrategy,
    [NAMES.runRetryDelaySeconds]: settings.runRetryDelaySeconds,
    [NAMES.runRetryMaxDelaySeconds]: settings.runRetryMaxDelaySeconds,
    [NAMES.retryOnAssetOrOpFailure]: settings.retryOnAssetOrOpFailure,
    [NAMES.automationEnabled]: settings.automationEnabled,
    [NAMES.automationOffGroups]: settings.automationOffGroups,
  };
}

/**
 * Each entry is read by itself: one that can't be used must not lift the limits of the others.
 *
 * @param checkNames what becomes of fields that an entry should not have.
 */
function tagLimits(
  checkNames: typeof refuseUnknown,
  onInvalid: (invalid: InvalidDeploymentSettings) => void,
): (value: unknown, path: string) => TagConcurrencyLimit[] {
  return (value, path) => {
    if (!Array.isArray(value)) throw new InvalidDeploymentSettings(`\`${path}\` must be a list`);
    return value.flatMap((limit: unknown, index) => {
      try {
        return [parseTagLimit(limit, `${path}[${index}]`, checkNames)];
      } catch (error) {
        if (!(error instanceof InvalidDeploymentSettings)) throw error;
        onInvalid(error);
        return [];
      }
    });
  };
}

function parseTagLimit(value: unknown, path: string, checkNames: typeof refuseUnknown): TagConcurrencyLimit {
  const fields = readObject(value, `\`${path}\``);
  checkNames(fields, `${path}.`, ["key", "value", "limit", "per_unique_value"]);
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
  if (fields["limit"] == null) throw new InvalidDeploymentSettings(`\`${path}.limit\` is missing`);
  return { key, value: tagValue, perUniqueValue, limit: integerFrom(0)(fields["limit"], `${path}.limit`) };
}

function oneOf<const T extends string>(values: readonly T[]): (value: unknown, path: string) => T {
  return (value, path) => {
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    const names = values.map((name) => `"${name}"`).join(" or ");
    throw new InvalidDeploymentSettings(`\`${path}\` must be ${names}`);
  };
}

function parseBoolean(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidDeploymentSettings(`\`${path}\` must be true or false`);
}

function parseNames(value: unknown, path: string): string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string"))
    throw new InvalidDeploymentSettings(`\`${path}\` must be a list of names`);
  return [...new Set<string>(value)];
}

function parseContainer(value: unknown, path: string): ContainerSettings {
  try {
    return parseContainerSettings(value, path);
  } catch (error) {
    if (!(error instanceof InvalidContainerSettings)) throw error;
    throw new InvalidDeploymentSettings(error.message, { cause: error });
  }
}

function readObject(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidDeploymentSettings(`${what} must be an object`);
  return value as Fields;
}

function refuseUnknown(fields: Fields, path: string, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidDeploymentSettings(
      `There is no setting \`${path}${unknown}\`; there are ${known.join(", ")}`,
    );
}

function integerFrom(least: number, most: number = MAX_COUNT): (value: unknown, path: string) => number {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
      const limit = typeof value === "number" && value > most ? ` and at most ${most}` : "";
      throw new InvalidDeploymentSettings(`\`${path}\` must be a whole number, ${least} or more${limit}`);
    }
    return value;
  };
}
