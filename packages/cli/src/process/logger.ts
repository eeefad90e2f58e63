import { pino, type Logger } from "pino";

/** A logger for one process: JSON lines on stderr, level from `MILLRACE_LOG_LEVEL` (default `info`). */
export function createLogger(name: string): Logger {
  return pino(
    { name, level: process.env["MILLRACE_LOG_LEVEL"] ?? "info" },
    pino.destination({ dest: 2, sync: true }),
  );
}
