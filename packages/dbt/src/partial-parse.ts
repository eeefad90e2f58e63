import { existsSync } from "node:fs";
import { join } from "node:path";

/** What dbt has kept of its reading of a project, beside its manifest. */
export const PARTIAL_PARSE = "partial_parse.msgpack";

/**
 * The arguments with which dbt reads only those files of a project again that have changed since it read it last, although its artifacts go
 * elsewhere. It reads all of them by itself when its version, variables or profile have changed. None when it has kept nothing.
 *
 * @param artifacts the folder of the project's artifacts.
 */
export function goOnFrom(artifacts: string): string[] {
  const file = join(artifacts, PARTIAL_PARSE);
  return existsSync(file) ? ["--partial-parse-file-path", file] : [];
}
