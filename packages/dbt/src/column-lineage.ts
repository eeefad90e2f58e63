import { InvalidDbtAssets } from "./dbt-errors.ts";
import { isAssetNode, type DbtManifest, type DbtNode, type DbtSource } from "./manifest.ts";
import { nodeName } from "./translate.ts";

/** Columns by name, each with the columns that it is made from. */
export type ColumnLineage = Readonly<
  Record<string, readonly { readonly assetKey: string; readonly column: string }[]>
>;

/**
 * Which columns the columns of a node are made from, as far as the project says so: a manifest does not tell. A column says it in its
 * `meta` as `lineage: ["stg_orders.quantity", "source.raw.orders.product"]`.
 *
 * @param keyOf The asset key of a node.
 * @returns Null when no column says anything.
 * @throws InvalidDbtAssets when a column names something that the project does not have.
 */
export function columnLineageOf(
  manifest: DbtManifest,
  node: DbtNode,
  keyOf: (node: DbtNode | DbtSource) => string,
): ColumnLineage | null {
  const said = Object.values(node.columns).flatMap(({ name, meta }) =>
    meta["lineage"] === undefined ? [] : [[name, meta["lineage"]] as const],
  );
  if (said.length === 0) return null;
  return Object.fromEntries(
    said.map(([name, lineage]) => {
      const where = `${node.original_file_path}: \`meta.lineage\` of column "${name}" of "${node.name}"`;
      if (!Array.isArray(lineage))
        throw new InvalidDbtAssets(`${where} must be a list, such as ["orders.id"]`);
      return [name, lineage.map((source) => readSource(manifest, where, source, keyOf))];
    }),
  );
}

function readSource(
  manifest: DbtManifest,
  where: string,
  said: unknown,
  keyOf: (node: DbtNode | DbtSource) => string,
): { readonly assetKey: string; readonly column: string } {
  const parts = typeof said === "string" ? said.split(".") : [];
  const column = parts.at(-1);
  const found =
    parts[0] === "source" && parts.length === 4
      ? Object.values(manifest.sources).find(
          ({ source_name, name }) => source_name === parts[1] && name === parts[2],
        )
      : parts.length === 2
        ? Object.values(manifest.nodes).find((each) => isAssetNode(each) && nodeName(each) === parts[0])
        : undefined;
  if (found && column) return { assetKey: keyOf(found), column };
  throw new InvalidDbtAssets(
    `${where} names ${JSON.stringify(said)}, which the project does not have: write "model.column" or "source.name.table.column"`,
  );
}
