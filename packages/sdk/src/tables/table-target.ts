import { assetKeyParts, type AssetKey } from "@millrace/model/asset-key";
import type { Metadata, TableColumn } from "@millrace/model/metadata";
import type { StoredValueAddress } from "../io/io-manager.ts";
import type { PartitionPart, ValuePartition } from "../io/value-partition.ts";
import { InvalidTableOptions } from "./table-errors.ts";
import { MADE_VALUES, type TableName, type TableStore } from "./table-store.ts";

/** An SQL expression, and what it must be for a row to belong to a partition. */
export interface PartitionExpression {
  readonly expression: string;
  readonly part: PartitionPart;
}

/** The place of an asset's value in a database. */
export interface TableTarget {
  readonly assetKey: AssetKey;
  readonly table: TableName;
  /** Columns that the definition declares, with their types. */
  readonly declared: readonly TableColumn[];
  /** Which rows are the partition's; null: all of them. */
  readonly partition: readonly PartitionExpression[] | null;
  readonly partitionKey: string | null;
  /** The code location that makes the asset; null where there is none, as in tests. */
  readonly location: string | null;
}

/**
 * Reads where a value is stored: the table is called like the last part of the asset's key, its schema like those before
 * it, joined with `__`. Metadata of the definition decides otherwise: `table`, `schema`, `columns`, `partition_expr`.
 *
 * @throws InvalidTableOptions when the value is not an asset's, or the metadata does not say what it must.
 */
export function tableTarget(
  manager: string,
  store: Pick<TableStore, "schema" | "maxNameBytes" | "foldName">,
  context: {
    readonly address: StoredValueAddress;
    readonly partition: ValuePartition | null;
    readonly definitionMetadata: Metadata;
    readonly locationName: string | null;
  },
): TableTarget {
  const { address, definitionMetadata, partition } = context;
  const { assetKey } = address;
  if (assetKey === null) {
    throw new InvalidTableOptions(
      `The IO manager "${manager}" stores assets, not outputs of ops such as "${address.outputName}" of step "${address.stepKey}": name it on assets, and leave \`default\` to another one`,
    );
  }
  const parts = assetKeyParts(assetKey);
  const last = parts.pop() ?? "";
  const prefix = parts.length === 0 ? store.schema : parts.join("__");
  const table = {
    schema: textOption(assetKey, definitionMetadata, "schema") ?? prefix,
    table: textOption(assetKey, definitionMetadata, "table") ?? last,
  };
  for (const name of [table.schema, table.table]) {
    if (Buffer.byteLength(name) > store.maxNameBytes) {
      throw new InvalidTableOptions(
        `The name "${name}" of asset "${assetKey}" is too long for the database (${store.maxNameBytes} bytes): give the asset a shorter one in its metadata, as \`table\` or \`schema\``,
      );
    }
  }
  if (store.foldName(table.table) === MADE_VALUES)
    throw new InvalidTableOptions(
      `The table "${MADE_VALUES}" is Millrace's own: give asset "${assetKey}" another \`table\` in its metadata`,
    );
  return {
    assetKey,
    table,
    declared: declaredColumns(assetKey, definitionMetadata),
    partition: partition && partitionExpressions(assetKey, definitionMetadata, partition),
    partitionKey: address.partitionKey,
    location: context.locationName,
  };
}

function textOption(key: AssetKey, metadata: Metadata, name: string): string | null {
  const value = metadata[name];
  if (value === undefined) return null;
  if (value.type === "text" && value.text !== "") return value.text;
  throw new InvalidTableOptions(`The metadata "${name}" of asset "${key}" must be a text`);
}

function declaredColumns(key: AssetKey, metadata: Metadata): readonly TableColumn[] {
  const value = metadata["columns"];
  if (value === undefined) return [];
  if (value.type === "table_schema") return value.columns;
  throw new InvalidTableOptions(
    `The metadata "columns" of asset "${key}" must be a metadata.tableSchema([{ name, type }, …])`,
  );
}

function partitionExpressions(
  key: AssetKey,
  metadata: Metadata,
  partition: ValuePartition,
): readonly PartitionExpression[] {
  const value = metadata["partition_expr"];
  const { dimensions } = partition;
  if (dimensions === null) {
    if (value?.type === "text") return [{ expression: value.text, part: partition }];
    throw new InvalidTableOptions(
      `Asset "${key}" has partitions: say in its metadata which column holds them, as in { partition_expr: "day" }`,
    );
  }
  const given: unknown = value?.type === "json" ? value.json : null;
  const expressions = new Map<string, unknown>(
    typeof given === "object" && given !== null ? Object.entries(given) : [],
  );
  return Object.entries(dimensions).map(([name, part]) => {
    const expression = expressions.get(name);
    if (typeof expression === "string") return { expression, part };
    throw new InvalidTableOptions(
      `Asset "${key}" has partitions of several dimensions: say in its metadata which column holds each, as in { partition_expr: { ${Object.keys(dimensions).join(': "…", ')}: "…" } }`,
    );
  });
}
