import type { LogLevel } from "@millrace/model/run-event";
import { maskSecrets } from "./mask-secrets.ts";
import type { Logger } from "../../context/logger.ts";
import { emit } from "./emit.ts";
import type { RunScope } from "./run-scope.ts";

/** Bytes of a log message that its event holds. */
const MAX_LOG_BYTES = 65_536;

/** A logger whose messages belong to a step, or to the run as a whole. */
export function createLogger(scope: RunScope, stepKey: string | null): Logger {
  const log = (level: LogLevel) => (message: string) => logMessage(scope, stepKey, level, message);
  return {
    debug: log("DEBUG"),
    info: log("INFO"),
    warning: log("WARNING"),
    error: log("ERROR"),
    critical: log("CRITICAL"),
  };
}

function logMessage(scope: RunScope, stepKey: string | null, level: LogLevel, text: string): void {
  const message = typeof text === "string" ? text : String(text);
  // A character takes three bytes at most (a surrogate half counts as one), so short texts need no counting.
  if (message.length * 3 <= MAX_LOG_BYTES) return emit(scope, { type: "LOG", stepKey, level, message });
  // Masked before it is cut: the cut must not leave half of a secret.
  const masked = maskSecrets(message, scope.environment.secrets);
  const bytes = Buffer.from(masked);
  if (bytes.length <= MAX_LOG_BYTES) return emit(scope, { type: "LOG", stepKey, level, message: masked });
  let end = MAX_LOG_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--; // Not inside a character.
  scope.writeOutput(`${masked}\n`);
  const head = bytes.subarray(0, end).toString();
  emit(scope, { type: "LOG", stepKey, level, message: head, truncatedBytes: bytes.length - end });
}
