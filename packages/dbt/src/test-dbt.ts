import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAGSTER_PIPES, findTestPython } from "millrace/internal/pipes/test-python";

/** The packages that dbt is tested with. What dbt-core takes from 1.12 on is not all on PyPI. */
const DBT = ["dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==2.0.1"] as const;

/** What has loaded the real dbt, and a path on which something stands before that. */
const LOADED = join(import.meta.dirname, "../testdata/loaded-dbt");

/**
 * The interpreter of the real dbt on DuckDB, which has dagster-pipes too; or why there is none. Takes half a minute and a connection to
 * PyPI the first time.
 */
export function findTestDbt(): ReturnType<typeof findTestPython> {
  return findTestPython(...DBT, DAGSTER_PIPES);
}

/** The real dbt, which a process has loaded already. */
export interface LoadedDbt {
  /** With these variables, the interpreter finds it: `from dbt.cli.main import cli; cli()`. */
  readonly env: Readonly<Record<string, string>>;
  /** Its command. */
  readonly command: readonly [string, ...string[]];
  close(): Promise<void>;
}

/** Loads the real dbt for all commands of a test file: each would take two seconds of a core for that alone. */
export async function loadTestDbt(python: string): Promise<LoadedDbt> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-loaded-dbt-"));
  const socket = join(folder, "socket");
  const server = spawn(python, [join(LOADED, "serve.py"), socket], { stdio: ["pipe", "pipe", "inherit"] });
  await once(server.stdout, "data");
  const env = { PYTHONPATH: join(LOADED, "path"), LOADED_DBT: socket };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    env,
    command: ["env", ...variables, python, "-c", "from dbt.cli.main import cli; cli()"],
    async close() {
      server.stdin.end();
      await once(server, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}
