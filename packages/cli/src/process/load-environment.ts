import { join } from "node:path";
import { readEnvironmentFiles } from "@millrace/agent/launchers/process/environment-files";

/** Files beside a project with variables for its code; what stands in the first one holds. */
export function environmentFiles(folder: string): readonly string[] {
  return [".env.local", ".env"].map((name) => join(folder, name));
}

/** Sets the variables of a project's environment files that this process does not have. */
export function loadEnvironment(folder: string): void {
  for (const [name, value] of Object.entries(readEnvironmentFiles(environmentFiles(folder))))
    process.env[name] ??= value;
}
