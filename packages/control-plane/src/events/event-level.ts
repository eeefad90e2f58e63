import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { LogLevel, RunEvent, UnknownEvent } from "@millrace/model/run-event";

/** The level a reader filters an event by: a log message's own, `ERROR` for failures, `DEBUG` for what only explains the course. */
export function levelOf(event: RunEvent | UnknownEvent): LogLevel {
  if (!isKnownEvent(event)) return "INFO";
  switch (event.type) {
    case "LOG":
      return event.level;
    case "RUN_FAILURE":
    case "STEP_FAILURE":
    case "RESOURCE_INIT_FAILURE":
    case "HOOK_ERRORED":
      return "ERROR";
    case "ENGINE_EVENT":
      return event.error === null ? "INFO" : "ERROR";
    case "STEP_UP_FOR_RETRY":
    case "RUN_WORKER_UNREACHABLE":
      return "WARNING";
    case "RUN_CANCELING":
      return event.reason === undefined ? "INFO" : "ERROR";
    case "ASSET_CHECK_EVALUATION":
      if (event.passed) return "INFO";
      return event.severity === "ERROR" ? "ERROR" : "WARNING";
    case "STEP_STATE":
    case "STEP_OUTPUT":
    case "LOADED_INPUT":
    case "HANDLED_OUTPUT":
    case "LOGS_CAPTURED":
    case "RESOURCE_INIT_STARTED":
    case "RESOURCE_INIT_SUCCESS":
      return "DEBUG";
    default:
      return "INFO";
  }
}
