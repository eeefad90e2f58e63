import { metadata, type MetadataRecord } from "millrace";
import { columnLineageOf } from "./column-lineage.ts";
import { codeVersionOf } from "./code-version.ts";
import type { DbtManifest, DbtNode, DbtSource } from "./manifest.ts";
import { isSource, keyOf, type DbtTranslation, type DbtTranslator } from "./translate.ts";

/** What the catalog shows of a node: what the translator says, and what else follows from the project. */
export function describeNode(
  manifest: DbtManifest,
  node: DbtNode | DbtSource,
  translate: DbtTranslator | undefined,
): DbtTranslation & { readonly key: string | readonly string[] } {
  const { key: _, ...translated } = translate?.(node) ?? {};
  const owners = ownersOf(manifest, node);
  const adapter = manifest.metadata.adapter_type;
  return {
    ...(node.description ? { description: node.description } : {}),
    ...(!isSource(node) && node.group ? { group: node.group } : {}),
    ...(owners.length > 0 ? { owners } : {}),
    ...(isSource(node) ? {} : { codeVersion: codeVersionOf(manifest, node) }),
    kinds: [...(isSource(node) ? [] : ["dbt"]), ...(adapter ? [adapter] : [])],
    tags: Object.fromEntries(node.tags.map((tag) => [toTagKey(tag), ""])),
    ...translated,
    metadata: { ...metadataOf(manifest, node, translate), ...translated.metadata },
    key: keyOf(node, translate),
  };
}

function metadataOf(
  manifest: DbtManifest,
  node: DbtNode | DbtSource,
  translate: DbtTranslator | undefined,
): MetadataRecord {
  const columns = Object.values(node.columns).map(({ name, data_type, description }) => ({
    name,
    // dbt does not say it of all; a type that is not said would be "string".
    type: data_type || "?",
    ...(description ? { description } : {}),
  }));
  const lineage = isSource(node)
    ? null
    : columnLineageOf(manifest, node, (other) => [keyOf(other, translate)].flat().join("/"));
  return {
    dbt_id: node.unique_id,
    dbt_file: metadata.path(node.original_file_path),
    ...(node.relation_name ? { table: node.relation_name } : {}),
    ...(!isSource(node) && node.config.materialized ? { materialized: node.config.materialized } : {}),
    ...(columns.length > 0 ? { column_schema: metadata.tableSchema(columns) } : {}),
    ...(lineage === null ? {} : { column_lineage: metadata.columnLineage(lineage) }),
  };
}

/** `meta.owner` of the node, or else the mail addresses of its group's owner. */
function ownersOf(manifest: DbtManifest, node: DbtNode | DbtSource): string[] {
  const { owner } = node.meta;
  if (owner !== undefined) return [owner].flat().filter((each) => typeof each === "string");
  if (isSource(node) || !node.group) return [];
  const group = Object.values(manifest.groups).find(({ name }) => name === node.group);
  return [group?.owner?.email ?? []].flat();
}

/** A tag of dbt may hold any characters. */
function toTagKey(tag: string): string {
  return tag.replaceAll(/[^\w.-]/g, "_").slice(0, 63);
}
