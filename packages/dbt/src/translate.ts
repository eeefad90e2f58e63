import type { AssetSpec } from "millrace";
import type { DbtManifest, DbtNode, DbtSource } from "./manifest.ts";

/** What a translator may say about an asset in place of what follows from the project. */
export type DbtTranslation = Partial<
  Pick<
    AssetSpec<void>,
    | "automationCondition"
    | "codeVersion"
    | "description"
    | "freshnessPolicy"
    | "group"
    | "isVirtual"
    | "key"
    | "kinds"
    | "metadata"
    | "owners"
    | "renamedFrom"
    | "tags"
  >
>;

/** Says how assets are called and shown that stand for models, seeds, snapshots and sources; what it leaves out follows from the project. */
export type DbtTranslator = (node: DbtNode | DbtSource) => DbtTranslation;

/** Whether it is a table that something else than dbt fills. */
export function isSource(node: DbtNode | DbtSource): node is DbtSource {
  return "source_name" in node;
}

/**
 * The key of what a node stands for: that of the translator, or else `schema/name` with the schema of its settings if it has one, and
 * `source/table` for a source.
 */
export function keyOf(
  node: DbtNode | DbtSource,
  translate: DbtTranslator | undefined,
): string | readonly string[] {
  const translated = translate?.(node).key;
  if (translated !== undefined) return translated;
  if (isSource(node)) return [node.source_name, node.name];
  const name = nodeName(node);
  return node.config.schema ? [node.config.schema, name] : [name];
}

/** The name of a node, with its version if it has one. */
export function nodeName({ name, version }: DbtNode): string {
  return version === undefined || version === null ? name : `${name}_v${version}`;
}

/** Whatever the manifest calls this: a node or a source. */
export function findNode(manifest: DbtManifest, id: string): DbtNode | DbtSource | undefined {
  return manifest.nodes[id] ?? manifest.sources[id];
}
