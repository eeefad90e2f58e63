import type { SourcePosition } from "./source-position.ts";

/**
 * Marks every definition with its kind. The symbol is registered globally, so that definitions made by one copy of this
 * package are recognized by another one.
 */
export const DEFINITION: unique symbol = Symbol.for("millrace.definition");

/** What can be defined. */
export type DefinitionKind =
  | "asset"
  | "asset_ref"
  | "asset_dependency"
  | "multi_asset"
  | "asset_check"
  | "multi_asset_check"
  | "op"
  | "graph"
  | "job"
  | "hook"
  | "schedule"
  | "sensor"
  | "resource"
  | "io_manager"
  | "executor"
  | "definitions";

/** What all definitions have in common. */
export interface Definition<K extends DefinitionKind = DefinitionKind> {
  readonly [DEFINITION]: K;
  /** Where the author wrote it; null when the engine could not tell. */
  readonly source: SourcePosition | null;
}

/** The kind of a definition, or null for any other value. */
export function definitionKind(value: unknown): DefinitionKind | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  return DEFINITION in value ? (value as Definition)[DEFINITION] : null;
}
