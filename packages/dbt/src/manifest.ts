import { readFileSync } from "node:fs";
import { z } from "zod";
import { DbtManifestUnusable } from "./dbt-errors.ts";

const column = z.object({
  name: z.string(),
  description: z.string().nullish(),
  data_type: z.string().nullish(),
  meta: z.record(z.string(), z.unknown()).default({}),
});

const freshness = z.object({
  warn_after: z.object({ count: z.number().nullish(), period: z.string().nullish() }).nullish(),
  error_after: z.object({ count: z.number().nullish(), period: z.string().nullish() }).nullish(),
});

const common = z.object({
  unique_id: z.string(),
  name: z.string(),
  package_name: z.string(),
  fqn: z.array(z.string()),
  original_file_path: z.string(),
  description: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  meta: z.record(z.string(), z.unknown()).default({}),
  columns: z.record(z.string(), column).default({}),
  relation_name: z.string().nullish(),
});

const node = common.extend({
  resource_type: z.string(),
  checksum: z.object({ name: z.string(), checksum: z.string() }),
  config: z.looseObject({
    materialized: z.string().nullish(),
    schema: z.string().nullish(),
    severity: z.string().nullish(),
  }),
  unrendered_config: z.record(z.string(), z.unknown()).default({}),
  group: z.string().nullish(),
  version: z.union([z.string(), z.number()]).nullish(),
  attached_node: z.string().nullish(),
  depends_on: z.object({
    nodes: z.array(z.string()).default([]),
    macros: z.array(z.string()).default([]),
  }),
});

const unitTest = z.object({
  unique_id: z.string(),
  name: z.string(),
  fqn: z.array(z.string()),
  description: z.string().nullish(),
  depends_on: z.object({ nodes: z.array(z.string()).default([]) }),
});

const manifest = z.object({
  metadata: z.object({ project_name: z.string(), adapter_type: z.string().nullish() }),
  nodes: z.record(z.string(), node),
  sources: z.record(z.string(), common.extend({ source_name: z.string(), freshness: freshness.nullish() })),
  macros: z.record(
    z.string(),
    z.object({
      package_name: z.string(),
      macro_sql: z.string(),
      depends_on: z.object({ macros: z.array(z.string()).default([]) }),
    }),
  ),
  groups: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        owner: z.object({ email: z.union([z.string(), z.array(z.string())]).nullish() }).nullish(),
      }),
    )
    .default({}),
  unit_tests: z.record(z.string(), unitTest).default({}),
});

/** What dbt says about a project, as far as it is read here. */
export type DbtManifest = z.infer<typeof manifest>;
/** A model, seed, snapshot or test of a project. */
export type DbtNode = DbtManifest["nodes"][string];
/** A table that something else than dbt fills. */
export type DbtSource = DbtManifest["sources"][string];
/** A column that the project describes. */
export type DbtColumn = DbtNode["columns"][string];

/** Kinds of nodes that are assets. */
export const ASSET_TYPES: ReadonlySet<string> = new Set(["model", "seed", "snapshot"]);

/**
 * Reads a manifest.
 *
 * @param howToMake The command that makes it, for errors.
 * @throws DbtManifestUnusable
 */
export function readManifest(path: string, howToMake: string): DbtManifest {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new DbtManifestUnusable(`There is no ${path}. Make it with \`${howToMake}\``, { cause });
  }
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new DbtManifestUnusable(
      `${path} is not a manifest that can be read: ${why}\nMake it again with \`${howToMake}\``,
      { cause },
    );
  }
}

/** Whether a node is an asset: ephemeral models are only a part of the models that select from them. */
export function isAssetNode(node: DbtNode): boolean {
  return ASSET_TYPES.has(node.resource_type) && !isEphemeral(node);
}

export function isEphemeral(node: DbtNode): boolean {
  return node.resource_type === "model" && node.config.materialized === "ephemeral";
}

/** The ids of what a node is made from: assets and sources, through ephemeral models. */
export function parentsOf(manifest: DbtManifest, node: DbtNode): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const id of node.depends_on.nodes) {
    const parent = manifest.nodes[id];
    if (parent && isEphemeral(parent)) for (const above of parentsOf(manifest, parent)) parents.add(above);
    else if (parent ? isAssetNode(parent) : id in manifest.sources) parents.add(id);
  }
  return parents;
}
