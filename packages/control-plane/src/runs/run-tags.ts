import {
  CONTAINER_TAG,
  InvalidContainerSettings,
  readContainerTag,
} from "@millrace/model/container-settings";
import { mergeContainerSettings } from "@millrace/model/merge-container-settings";
import { BadRequest } from "../api/bad-request.ts";
import { requireRetryTags } from "./retry-rule.ts";

/** The tag that says how often a run whose worker died may go on in a further attempt: a whole number. */
export const MAX_RESUME_ATTEMPTS_TAG = "millrace/max_resume_attempts";

/** The tag that limits how long a run may take from its start: seconds, more than 0. */
export const MAX_RUNTIME_TAG = "millrace/max_runtime";

/** The tag that limits how long the main thread of its worker may be blocked: seconds, more than 0. */
export const HANG_TIMEOUT_TAG = "millrace/hang_timeout";

/** The tag of a backfill's runs, and of those that repeat one of them: the id of the backfill. */
export const BACKFILL_TAG = "millrace/backfill";

/** The tag of runs and backfills that automation conditions have asked for: the number of the round of evaluation. */
export const AUTOMATION_TAG = "millrace/automation_round";

const WHOLE_NUMBER = /^\d{1,6}$/;
/** Seconds as the database reads them too, see `run-timeout.ts`. */
export const SECONDS_PATTERN = "^(?=.*[1-9])[0-9]{1,9}([.][0-9]{1,6})?$";

type Tags = Readonly<Record<string, string>>;

/**
 * Checks the tags that change how a run is run: a limit that is misspelt would be no limit.
 *
 * @throws BadRequest naming the tag.
 */
export function requireRunTags(tags: Tags): void {
  requireRetryTags(tags);
  const attempts = tags[MAX_RESUME_ATTEMPTS_TAG];
  if (attempts !== undefined && !WHOLE_NUMBER.test(attempts))
    throw new BadRequest(
      `Tag \`${MAX_RESUME_ATTEMPTS_TAG}\` must be a whole number, 0 or more, not "${attempts}"`,
    );
  for (const tag of [MAX_RUNTIME_TAG, HANG_TIMEOUT_TAG]) {
    const seconds = tags[tag];
    if (seconds !== undefined && !new RegExp(SECONDS_PATTERN).test(seconds))
      throw new BadRequest(`Tag \`${tag}\` must be a number of seconds, more than 0, not "${seconds}"`);
  }
}

/**
 * The tags of a run of a job: those that it was launched with win. Their container settings are merged value by value.
 *
 * @throws BadRequest when container settings can't be used.
 */
export function mergeRunTags(ofJob: Tags, ofLaunch: Tags): Tags {
  const tags = { ...ofJob, ...ofLaunch };
  try {
    const settings = [ofJob, ofLaunch].map(readContainerTag);
    if (tags[CONTAINER_TAG] === undefined) return tags;
    return { ...tags, [CONTAINER_TAG]: JSON.stringify(mergeContainerSettings(settings)) };
  } catch (error) {
    if (!(error instanceof InvalidContainerSettings)) throw error;
    throw new BadRequest(`Tag ${error.message}`);
  }
}

/** How often the run may be resumed by its own tags; null: they do not say. */
export function maxResumeAttempts(tags: Tags): number | null {
  const text = tags[MAX_RESUME_ATTEMPTS_TAG];
  return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : null;
}
