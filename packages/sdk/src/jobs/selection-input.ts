import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { definitionKind } from "../definition/definition.ts";

/** Which assets (and checks) a job is about: definitions, or text in the asset selection language. */
export type SelectionInput = string | readonly (Asset | AssetCheck | string)[];

/**
 * Checks that a selection is text or a list of assets, checks and texts.
 *
 * @param where Tells the definition and its place, which takes time to find.
 * @param option The option that holds it: `target`.
 * @throws DefinitionError saying what is there instead, and how to write what was most likely meant.
 */
export function checkSelection(where: () => string, option: string, selection: unknown): void {
  if (typeof selection === "string") return;
  if (Array.isArray(selection)) {
    for (const [index, item] of selection.entries())
      if (typeof item !== "string") checkKind(where, `${option}[${index}]`, item, "asset", "asset_check");
    return;
  }
  const kind = definitionKind(selection);
  const found = selection === null ? "null" : (kind ?? typeof selection).replaceAll("_", " ");
  throw new DefinitionError(
    "not_a_definition",
    `${where()}: ${option} must be text or a list of assets and checks, but is ${found}${HINTS[kind ?? ""]?.(option) ?? ""}`,
  );
}

const listed = (option: string): string => `: write ${option}: [ … ] around it`;

const HINTS: Readonly<Record<string, (option: string) => string>> = {
  job: (option) => (option === "target" ? ": write job: in place of target:" : ""),
  asset: listed,
  asset_check: listed,
};
