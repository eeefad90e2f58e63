import type { LogLevel, RunEvent } from "@millrace/model/run-event";
import type { RunConfig, RunHistory } from "@millrace/model/run-spec";
import type { Environment } from "../../config/environment.ts";
import type { ResolvedDefinitions } from "../../definitions/resolve.ts";
import type { Clock } from "@millrace/model/time/clock";
import { maskEvent, maskSecrets } from "./mask-secrets.ts";
import type { Logger } from "../../context/logger.ts";
import type { RunAssets } from "./run-assets.ts";
import type { RunInstance } from "../../context/run-instance.ts";

/** Bytes of a log message that its event holds. */
const MAX_LOG_BYTES = 65_536;

/** What identifies a run and what it was launched with. */
export interface RunInfo {
  readonly runId: string;
  readonly jobName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly runConfig: RunConfig;
  /** What other attempts and runs have done before this one. Default: nothing. */
  readonly history?: RunHistory | null;
  /** The OpenTelemetry span that the run, or the one step that runs here, belongs to. Default: none. */
  readonly traceParent?: string | null;
}

/** What everything that happens in one run shares. */
export interface RunScope {
  readonly run: RunInfo;
  readonly definitions: ResolvedDefinitions;
  readonly instance: RunInstance;
  readonly assets: RunAssets;
  readonly storageDirectory: string;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Gives numbers in [0, 1). */
  readonly random: () => number;
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Seconds that interrupted code is given to end by itself. */
  readonly interruptGraceSeconds: number;
  /** Receives every event, secrets masked, in order, synchronously. */
  readonly sink: (event: RunEvent) => void;
  /** Receives the whole text of log messages that are too long for an event. */
  readonly writeOutput: (text: string) => void;
}

/** An event without the time, which is taken when it is emitted. */
type WithoutTimestamp<E> = E extends unknown ? Omit<E, "timestamp"> : never;

/** Sends an event on its way. */
export function emit(scope: RunScope, event: WithoutTimestamp<RunEvent>): void {
  scope.sink(maskEvent({ ...event, timestamp: scope.clock.now() }, scope.environment.secrets));
}

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
