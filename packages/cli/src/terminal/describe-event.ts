import { formatDuration } from "@millrace/model/time/format-duration";
import type { RunEvent } from "@millrace/model/run-event";
import { describeMetadata } from "./describe-metadata.ts";
import { toPrintableItem } from "./printable.ts";
import { showError } from "./show-error.ts";
import { paint } from "./style.ts";

/** One line for one event, what belongs to it indented below; null for an event that a quiet reader does not need. */
export function describeEvent(
  event: RunEvent,
  stepStarts: Map<string, number>,
  verbose: boolean,
): string | null {
  const text = tellEvent(event, stepStarts, verbose);
  return text === null ? null : toPrintableItem(text);
}

function tellEvent(event: RunEvent, stepStarts: Map<string, number>, verbose: boolean): string | null {
  const time = paint("dim", new Date(event.timestamp).toISOString().slice(11, 23));
  switch (event.type) {
    case "STEP_START":
      stepStarts.set(event.stepKey, event.timestamp);
      return `${time} ${paint("blue", "▶")} ${event.stepKey}`;
    case "STEP_SUCCESS":
      return `${time} ${paint("green", "✔")} ${event.stepKey} ${paint("dim", formatDuration(event.durationMs))}`;
    case "STEP_FAILURE":
      return [
        `${time} ${paint("red", "✖")} ${event.stepKey}`,
        showError(event.error),
        ...describeMetadata(event.metadata).map((line) => `  ${line}`),
      ].join("\n");
    case "STEP_UP_FOR_RETRY":
      return `${time} ${paint("yellow", "↻")} ${event.stepKey} again in ${formatDuration(event.delaySeconds * 1_000)}: ${event.error.message}`;
    case "STEP_RESTARTED":
      return `${time} ${paint("blue", "▶")} ${event.stepKey} ${paint("dim", `attempt ${event.attempt}`)}`;
    case "STEP_WAITING":
      return `${time} ${paint("dim", "‖")} ${event.stepKey} ${paint("dim", `waits until ${new Date(event.until).toISOString()}`)}`;
    case "STEP_RESUMED":
      return `${time} ${paint("blue", "▶")} ${event.stepKey} ${paint("dim", "goes on")}`;
    case "STEP_SKIPPED":
      return `${time} ${paint("dim", "○")} ${event.stepKey} ${paint("dim", "skipped")}`;
    case "ASSET_CHECK_EVALUATION":
      return `${time}   ${event.passed ? paint("green", "passed") : paint(event.severity === "WARN" ? "yellow" : "red", "failed")} check ${event.checkName} of ${event.assetKey}`;
    case "LOG":
      return `${time}   ${paint(event.level === "ERROR" || event.level === "CRITICAL" ? "red" : "dim", event.level.toLowerCase())} ${event.message}`;
    case "RUN_SUCCESS":
      return `${time} ${paint("green", "SUCCESS")}`;
    case "RUN_FAILURE":
      return `${time} ${paint("red", "FAILURE")} ${event.message}${describeFailure(event)}`;
    case "RUN_CANCELING":
      if (event.reason) return `${time} ${paint("red", event.reason)} ${event.message}`;
      return verbose ? `${time}   ${paint("dim", `${event.type} ${event.message}`)}` : null;
    case "RUN_CANCELED":
      return `${time} ${paint("yellow", "CANCELED")}`;
    case "RUN_SUSPENDED":
    case "RUN_RESUMED":
      return `${time}   ${paint("dim", event.message)}`;
    case "ENGINE_EVENT":
    case "RUN_WORKER_UNREACHABLE":
    case "RUN_WORKER_RETURNED":
      return `${time}   ${paint("yellow", event.message)}`;
    default:
      return verbose ? `${time}   ${paint("dim", `${event.type} ${event.message}`)}` : null;
  }
}

/** The error of a run, unless it says no more than the message. */
function describeFailure({ error, message }: Extract<RunEvent, { readonly type: "RUN_FAILURE" }>): string {
  const told = error === null ? "" : showError(error);
  return told === "" || told === message ? "" : `\n${told}`;
}
