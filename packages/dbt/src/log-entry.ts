import type { StepContext } from "millrace";
import type { DbtLogEntry } from "./dbt-log.ts";

/** Has the step's log say what dbt says, but for what it says of its connections and statements. */
export function logEntry({ log }: Pick<StepContext, "log">, { level, message }: DbtLogEntry): void {
  const text = message.trim();
  if (text !== "" && level !== "debug") log[level](text);
}
