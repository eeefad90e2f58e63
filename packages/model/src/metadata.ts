/** A column of a table, as users describe it. */
export interface TableColumn {
  readonly name: string;
  /** The column's type in the words of its store, such as `VARCHAR`. Default: `string`. */
  readonly type: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly unique?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One value that stands in a cell of a `table` metadata value. */
export type TableCell = string | number | boolean | null;

/** Where a column's values come from: columns of upstream assets. */
export interface ColumnSource {
  readonly assetKey: string;
  readonly column: string;
}

/**
 * A metadata value on the wire and in the database: tagged by `type`, plain JSON.
 * The names of the types are Dagster's; `svg` is ours, for charts that show on an asset's page.
 */
export type MetadataValue =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "url"; readonly url: string }
  | { readonly type: "path"; readonly path: string }
  | { readonly type: "notebook"; readonly path: string }
  | { readonly type: "json"; readonly json: unknown }
  | { readonly type: "md"; readonly md: string }
  | { readonly type: "svg"; readonly svg: string }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "null" }
  | { readonly type: "timestamp"; readonly timestamp: number }
  | { readonly type: "dagster_run"; readonly runId: string }
  | { readonly type: "job"; readonly location: string; readonly job: string }
  | { readonly type: "asset"; readonly assetKey: string }
  | { readonly type: "pool"; readonly pool: string }
  | { readonly type: "python_artifact"; readonly module: string; readonly name: string }
  | {
      readonly type: "table";
      readonly records: readonly Readonly<Record<string, TableCell>>[];
      readonly columns: readonly TableColumn[];
      /** Rows after these for which there was no room. */
      readonly leftOut?: number;
    }
  | { readonly type: "table_schema"; readonly columns: readonly TableColumn[] }
  | { readonly type: "column_lineage"; readonly columns: Readonly<Record<string, readonly ColumnSource[]>> }
  | {
      readonly type: "code_references";
      readonly references: readonly {
        readonly file: string;
        readonly line?: number;
        readonly label?: string;
      }[];
    }
  | { readonly type: "unknown"; readonly originalType: string; readonly json: unknown };

/** Named metadata values of a definition or an event. */
export type Metadata = Readonly<Record<string, MetadataValue>>;
