import { createHash } from "node:crypto";
import { isEphemeral, type DbtManifest, type DbtNode } from "./manifest.ts";

/** Settings that change what people read, and not what is made. */
const SAID_ONLY: ReadonlySet<string> = new Set(["tags", "meta", "group", "docs", "access", "description"]);

/**
 * What changes when a node would make other data from the same inputs: its code, its settings, the macros of the project and
 * of its packages that it calls, and the ephemeral models that it selects from. Not: macros of dbt itself and its adapters.
 */
export function codeVersionOf(manifest: DbtManifest, node: DbtNode): string {
  const hash = createHash("sha256");
  for (const part of codeOf(manifest, node)) hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest("hex").slice(0, 16);
}

function codeOf(manifest: DbtManifest, node: DbtNode): unknown[] {
  const settings = Object.entries(node.unrendered_config)
    .filter(([name]) => !SAID_ONLY.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const ephemeral = node.depends_on.nodes.toSorted().flatMap((id) => {
    const parent = manifest.nodes[id];
    return parent && isEphemeral(parent) ? codeOf(manifest, parent) : [];
  });
  return [node.checksum.checksum, settings, ...macrosOf(manifest, node.depends_on.macros), ...ephemeral];
}

function macrosOf(manifest: DbtManifest, called: readonly string[]): string[] {
  const found = new Map<string, string>();
  const visit = (id: string): void => {
    const macro = manifest.macros[id];
    if (!macro || found.has(id) || isBuiltIn(manifest, macro.package_name)) return;
    found.set(id, macro.macro_sql);
    macro.depends_on.macros.forEach(visit);
  };
  called.forEach(visit);
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sql]) => sql);
}

function isBuiltIn({ metadata }: DbtManifest, packageName: string): boolean {
  return packageName === "dbt" || packageName === `dbt_${metadata.adapter_type ?? ""}`;
}
