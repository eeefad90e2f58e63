import { isOutdatedPlan } from "./named-statements.ts";

/**
 * Whether the database could not be reached, as while it restarts: nobody's fault, and over soon. These are PostgreSQL's classes
 * 08 (connection) and 57P (shutting down, starting up), no socket at all, or a table that a newer version changed just now.
 */
export function isConnectionFailure(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return (
    isOutdatedPlan(error) ||
    /^(?:08...|57P..|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT)$/.test(code) ||
    /^Connection terminated|^Client has encountered a connection error|^timeout exceeded when trying to connect/.test(
      error.message,
    )
  );
}
