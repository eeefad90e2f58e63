import type { ErrorInfo } from "./run-event.ts";

/** Why a version of a code location does not load, by who can mend it. */
export const LOCATION_FAILURES = [
  "code_invalid",
  "code_threw",
  "not_found",
  "start_timed_out",
  "out_of_memory",
  "ended",
  "refused",
  "not_supported",
  "document_invalid",
  "other",
] as const;
export type LocationFailure = (typeof LOCATION_FAILURES)[number];

/** Each in words, to follow the name of the version. */
export const LOCATION_FAILURE_WORDS: Readonly<Record<LocationFailure, string>> = {
  code_invalid: "its code can't be used as it is",
  code_threw: "its code threw, or ended the process, while it was loaded",
  not_found: "its image, folder or entry file is not there",
  start_timed_out: "it was not ready in time",
  out_of_memory: "it ran out of memory",
  ended: "its process ended before it was ready",
  refused: "the agent's operator does not allow it",
  not_supported: "the agent can't run code of this kind",
  document_invalid: "its document can't be used",
  other: "the agent could not start it",
};

/** What an agent reports of a version that does not load: an error, and when it is going to try again, if it is. */
export interface LocationError extends ErrorInfo {
  /** Milliseconds from the report on; left out: it waits for a change. */
  readonly retryInMs?: number;
}

const BY_CODE: Readonly<Record<string, LocationFailure>> = {
  definitions_not_built: "code_invalid",
  definitions_threw: "code_threw",
  definitions_exited: "code_threw",
  definitions_missing: "not_found",
  code_missing: "not_found",
  definitions_hung: "start_timed_out",
  start_timed_out: "start_timed_out",
  out_of_memory: "out_of_memory",
  ended_before_ready: "ended",
  document_refused: "refused",
  code_not_supported: "not_supported",
  invalid_location_document: "document_invalid",
};

/** The class of a failure, by the code of its error. */
export function classifyLocationFailure({
  code = "",
  name,
}: Pick<ErrorInfo, "code" | "name">): LocationFailure {
  return BY_CODE[code] ?? (name === "DefinitionError" ? "code_invalid" : "other");
}
