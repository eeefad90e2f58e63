// For a test: holds the DuckDB file that is named first, says so, and lets go of it when its input ends.
import { DuckDBInstance } from "@duckdb/node-api";

const instance = await DuckDBInstance.create(process.argv[2]);
process.stdout.write("held\n");
process.stdin.resume().on("end", () => {
  instance.closeSync();
  process.exit();
});
