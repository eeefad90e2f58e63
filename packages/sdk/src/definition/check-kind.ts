import { definitionKind, type DefinitionKind } from "./definition.ts";
import { DefinitionError } from "./definition-error.ts";

/**
 * Checks that what stands in an option is a definition that belongs there. Types say so too, but code is loaded without being
 * checked by the compiler, and a circle of imports gives `undefined` in spite of them.
 *
 * @param where Tells the definition and its place, which takes time to find; or null where the error's stack is all there is.
 * @param option The option, with the place in it: `assets[1]`.
 * @throws DefinitionError saying what is there instead, and what it may come from.
 */
export function checkKind(
  where: (() => string) | null,
  option: string,
  value: unknown,
  ...kinds: readonly DefinitionKind[]
): void {
  const kind = definitionKind(value);
  if (kind !== null && kinds.includes(kind)) return;
  const found = kind ?? (value === null ? "null" : typeof value);
  const wanted = kinds.map((name) => name.replaceAll("_", " ")).join(" or ");
  throw new DefinitionError(
    "not_a_definition",
    `${where === null ? "" : `${where()}: `}${option} must be of kind ${wanted}, but is ${found.replaceAll("_", " ")}${hintFor(value, kind)}`,
  );
}

function hintFor(value: unknown, kind: DefinitionKind | null): string {
  if (value === undefined) return ": is it exported, and do files import each other in a circle?";
  return typeof value === "function" && kind === null ? ": is it to be called?" : "";
}

/** Checks what stands under names in an option, such as the resources of a step. */
export function checkKinds(
  where: () => string,
  option: string,
  values: Readonly<Record<string, unknown>>,
  kind: DefinitionKind,
): void {
  for (const [name, value] of Object.entries(values)) checkKind(where, `${option}.${name}`, value, kind);
}
