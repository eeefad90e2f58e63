import { join } from "node:path";
import { daily } from "millrace";

const here = join(import.meta.dirname, "..");

/** Where the tills' files are. dbt's process finds both places in its environment. */
export const dataFolder = process.env["SHOP_DATA"] ?? join(here, "data");
/** The DuckDB file that dbt and Python share. */
export const database = process.env["SHOP_DATABASE"] ?? join(here, "shop.duckdb");
/** The Python that has dbt, DuckDB and dagster-pipes. */
export const python = process.env["SHOP_PYTHON"] ?? "python3";

/** The days that the shop was open. */
export const days = daily({ start: "2026-01-01" });
