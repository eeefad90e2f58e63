import type { DbtManifest } from "./manifest.ts";

/** What dbt names by its place in the project. */
interface Selectable {
  readonly unique_id: string;
  readonly fqn: readonly string[];
}

/**
 * The arguments with which dbt takes exactly these nodes and tests. A place selects what lies below it too, such as a model
 * `orders` beside a folder `orders`: that is excluded.
 */
export function selectNodes(manifest: DbtManifest, ids: ReadonlySet<string>): string[] {
  const all: Selectable[] = [...Object.values(manifest.nodes), ...Object.values(manifest.unit_tests)];
  const selected = all.filter(({ unique_id }) => ids.has(unique_id));
  const places = new Set(selected.map(placeOf));
  const tooMany = all.filter(
    ({ unique_id, fqn }) =>
      !ids.has(unique_id) && fqn.some((_, index) => places.has(fqn.slice(0, index + 1).join("."))),
  );
  return [
    "--select",
    ...selected.map((node) => `fqn:${placeOf(node)}`),
    ...(tooMany.length > 0 ? ["--exclude", ...tooMany.map((node) => `fqn:${placeOf(node)}`)] : []),
    "--indirect-selection",
    "empty",
  ];
}

function placeOf({ fqn }: Selectable): string {
  return fqn.join(".");
}
