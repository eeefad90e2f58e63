/** Attributes of an asset that a selection can compare: `group:marketing`. */
export const SELECTION_ATTRIBUTES = [
  "key",
  "owner",
  "group",
  "tag",
  "kind",
  "code_location",
  "is",
  "status",
  "column",
  "table_name",
  "column_tag",
  "changed_in_branch",
  "partitions",
  "automation_type",
  "sensor",
  "schedule",
  "job",
] as const;
export type SelectionAttribute = (typeof SELECTION_ATTRIBUTES)[number];

/** A selection of assets as plain data; `parseAssetSelection` makes it from text. */
export type AssetSelection =
  | { readonly type: "all" }
  /** `value` null stands for `<null>`: without any value. A `*` in a key or a group stands for any characters. */
  | {
      readonly type: "attribute";
      readonly attribute: Exclude<SelectionAttribute, "tag" | "column_tag">;
      readonly value: string | null;
    }
  /** `tag:k` means the tag with an empty value; `value` null stands for `<null>`, which no tag has. */
  | {
      readonly type: "tag";
      readonly attribute: "tag" | "column_tag";
      readonly key: string;
      readonly value: string | null;
    }
  | { readonly type: "and" | "or"; readonly operands: readonly AssetSelection[] }
  | { readonly type: "not" | "sinks" | "roots"; readonly operand: AssetSelection }
  /** Levels to add on either side; null: all of them. */
  | {
      readonly type: "traversal";
      readonly operand: AssetSelection;
      readonly up: number | null;
      readonly down: number | null;
    };
