import { DAGSTER_PIPES, findTestPython } from "millrace/internal/pipes/test-python";

/** The packages that dbt is tested with. What dbt-core takes from 1.12 on is not all on PyPI. */
const DBT = ["dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==2.0.1"] as const;

/**
 * The command of the real dbt on DuckDB, and the interpreter that runs it, which has dagster-pipes too; or why there is none. Takes
 * half a minute and a connection to PyPI the first time.
 */
export async function findTestDbt(): Promise<
  { readonly python: string; readonly dbt: readonly [string, ...string[]] } | { readonly missing: string }
> {
  const found = await findTestPython(...DBT, DAGSTER_PIPES);
  if ("missing" in found) return found;
  // Programs of a virtual environment name the folder that it was made in.
  return { ...found, dbt: [found.python, "-c", "from dbt.cli.main import cli; cli()"] };
}
