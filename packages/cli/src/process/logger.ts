import { levels, pino, type Logger } from "pino";
import { CommandError } from "../user-api/client.ts";

/**
 * A logger for one process: JSON lines on stderr, level from `MILLRACE_LOG_LEVEL` (default `info`).
 *
 * @throws CommandError when there is no such level.
 */
export function createLogger(name: string): Logger {
  const level = process.env["MILLRACE_LOG_LEVEL"] || "info";
  const known = [...Object.keys(levels.values), "silent"];
  if (!known.includes(level))
    throw new CommandError(`MILLRACE_LOG_LEVEL takes ${known.join(", ")}, not "${level}"`);
  return pino({ name, level }, pino.destination({ dest: 2, sync: true }));
}
