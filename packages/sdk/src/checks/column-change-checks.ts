import { listColumnChanges } from "@millrace/model/checks/column-changes";
import type { TableColumn } from "@millrace/model/metadata";
import type { CheckResult } from "../assets/check-result.ts";
import type { UpstreamMaterialization } from "../context/upstream-materialization.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import { metadata } from "../metadata/metadata.ts";
import type { AssetCheck } from "./asset-check.ts";
import { type AssetHistory, type CheckFactoryOptions, createChecks, findHistory } from "./check-factory.ts";

/** Former materializations that are looked through for columns. */
const LOOKED_BACK = 20;

/**
 * Makes a check `column_changes` of each asset: whether its table still has the columns, of the same types, that it had when it was
 * made before. They stand in the metadata `column_schema` of materializations, where IO managers of tables and dbt put them. Of a
 * partitioned asset, that of any partition which was made before counts. `severity`: `WARN` by default.
 *
 * @example
 * export const columns = columnChangeChecks({ assets: [rawOrders, cleanOrders] });
 */
export function columnChangeChecks(options: CheckFactoryOptions): AssetCheck[] {
  const source = captureSourcePosition(columnChangeChecks);
  const { name = "column_changes", severity = "WARN" } = options;
  const description = "Whether the columns are those of before.";
  return createChecks(
    options,
    { name, severity, description, partitions: "each" },
    source,
    async (context, asset) => judge(await findHistory(context, asset, LOOKED_BACK)),
  );
}

function judge({ current, former }: AssetHistory): CheckResult {
  const columns = columnsOf(current);
  if (columns === null)
    return {
      passed: false,
      description:
        current === null
          ? "It has never been materialized"
          : "What was made last says nothing of its columns: it has no metadata `column_schema`",
    };
  const before = former.map(columnsOf).find((each) => each !== null);
  if (before === undefined) return { passed: true, description: "There is nothing before to compare with" };
  const changes = listColumnChanges(before, columns);
  if (changes.length === 0) return { passed: true, description: "No column has changed" };
  return {
    passed: false,
    description: changes
      .map(({ column, change, before: was, after: is }) =>
        change === "type" ? `${column} is ${is}, was ${was}` : `${column} was ${change}`,
      )
      .join("; "),
    metadata: { changes: metadata.table(changes), change_count: changes.length },
  };
}

function columnsOf(event: UpstreamMaterialization | null): readonly TableColumn[] | null {
  const value = event?.metadata["column_schema"];
  return value?.type === "table_schema" ? value.columns : null;
}
