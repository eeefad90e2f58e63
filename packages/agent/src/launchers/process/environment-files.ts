import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The agent's own settings and secrets are nobody else's, wherever they stand. */
const NEVER_GIVEN = /^MILLRACE_/;

/** The variables in files such as `.env`, of which the first one that has a variable says what it is. A file that is not there has none. */
export function readEnvironmentFiles(files: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const file of files.toReversed()) Object.assign(variables, readEnvironmentFile(file));
  return variables;
}

function readEnvironmentFile(file: string): Record<string, string> {
  try {
    const entries = Object.entries(parseEnv(readFileSync(file, "utf8")));
    return Object.fromEntries(
      entries.flatMap(([name, value]) =>
        value === undefined || NEVER_GIVEN.test(name) ? [] : [[name, value]],
      ),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}
