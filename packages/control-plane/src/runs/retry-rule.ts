import type { RunFailureReason } from "@millrace/model/run-failure";
import type { DeploymentSettings, RunRetryStrategy } from "../deployments/settings.ts";
import { BadRequest } from "../api/bad-request.ts";

/** The tag that says how often a run that fails is launched again by itself: a whole number. */
export const MAX_RETRIES_TAG = "millrace/max_retries";
/** The tag that says what a run repeats that is launched again by itself: `from_failure` or `all_steps`. */
export const RETRY_STRATEGY_TAG = "millrace/retry_strategy";
/** The tag that says whether a run is launched again whose steps have failed, or only one whose worker has: `true` or `false`. */
export const RETRY_ON_STEP_FAILURE_TAG = "millrace/retry_on_asset_or_op_failure";
/** The tag of a run that was launched by itself because another one failed: which try this is, 1 for the first one. */
export const RETRY_NUMBER_TAG = "millrace/retry_number";

export const RETRY_STRATEGIES = ["from_failure", "all_steps"] as const satisfies readonly RunRetryStrategy[];

type Tags = Readonly<Record<string, string>>;
type RetrySettings = Pick<
  DeploymentSettings,
  "maxRunRetries" | "runRetryDelaySeconds" | "runRetryMaxDelaySeconds" | "retryOnAssetOrOpFailure"
>;

/** A run is launched again. */
export interface RunRetry {
  /** 1 for the first time. */
  readonly number: number;
  /** How often at most. */
  readonly limit: number;
  readonly delaySeconds: number;
}

/**
 * Whether a run that has failed is launched again by itself: by its tags, and by the deployment's settings for what they do not say.
 * Each try waits twice as long as the one before it.
 *
 * @param reason why the run failed.
 * @returns null: its failure is final.
 */
export function decideRunRetry(
  tags: Tags,
  settings: RetrySettings,
  reason: RunFailureReason | null,
): RunRetry | null {
  const limit = readCount(tags[MAX_RETRIES_TAG]) ?? settings.maxRunRetries;
  const number = nextRetryNumber(tags);
  if (number > limit) return null;
  const onStepFailure = tags[RETRY_ON_STEP_FAILURE_TAG] ?? String(settings.retryOnAssetOrOpFailure);
  if (reason === "STEP_FAILURE" && onStepFailure !== "true") return null;
  const delaySeconds = Math.min(
    settings.runRetryDelaySeconds * 2 ** Math.min(number - 1, 40),
    settings.runRetryMaxDelaySeconds,
  );
  return { number, limit, delaySeconds };
}

/** Which try the next one of a run with these tags is: 1 for the first one after it. */
export function nextRetryNumber(tags: Tags): number {
  return (readCount(tags[RETRY_NUMBER_TAG]) ?? 0) + 1;
}

/** What a run with these tags repeats when it is launched again by itself. */
export function chooseRetryStrategy(
  tags: Tags,
  settings: Pick<DeploymentSettings, "runRetryStrategy">,
): RunRetryStrategy {
  return RETRY_STRATEGIES.find((known) => known === tags[RETRY_STRATEGY_TAG]) ?? settings.runRetryStrategy;
}

/**
 * Checks the tags that say whether a run is launched again by itself: one that is misspelt would be none.
 *
 * @throws BadRequest naming the tag.
 */
export function requireRetryTags(tags: Tags): void {
  const retries = tags[MAX_RETRIES_TAG];
  if (retries !== undefined && readCount(retries) === null)
    throw new BadRequest(`Tag \`${MAX_RETRIES_TAG}\` must be a whole number, 0 or more, not "${retries}"`);
  requireOneOf(tags, RETRY_STRATEGY_TAG, RETRY_STRATEGIES);
  requireOneOf(tags, RETRY_ON_STEP_FAILURE_TAG, ["true", "false"]);
}

function requireOneOf(tags: Tags, name: string, values: readonly string[]): void {
  const value = tags[name];
  if (value !== undefined && !values.includes(value))
    throw new BadRequest(`Tag \`${name}\` must be ${values.join(" or ")}, not "${value}"`);
}

function readCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : null;
}
