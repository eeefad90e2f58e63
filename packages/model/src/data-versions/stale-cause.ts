/** Why an asset is stale. `causes` lead down to where it began; empty for a cause that has no further one. */
export interface StaleCause {
  readonly category: "code" | "data" | "dependencies";
  readonly asset: string;
  readonly partition: string | null;
  /** The dependency that changed, or what changed behind a virtual one; null for causes in the asset itself. */
  readonly dependency: string | null;
  readonly dependencyPartition: string | null;
  /** The virtual assets that the dependency is seen through, nearest first. */
  readonly through: readonly string[];
  /** For `dependencies`: what happened to the dependency. */
  readonly change: "added" | "removed" | null;
  readonly causes: readonly StaleCause[];
}

/** Where the causes began: the causes without further ones, each once, nearest first. */
export function rootCauses(causes: readonly StaleCause[]): StaleCause[] {
  const seen = new Set<string>();
  const roots: StaleCause[] = [];
  let level: readonly StaleCause[] = causes;
  while (level.length > 0) {
    const next: StaleCause[] = [];
    for (const cause of level) {
      const { category, asset, partition, dependency, dependencyPartition, change } = cause;
      const identity = JSON.stringify([category, asset, partition, dependency, dependencyPartition, change]);
      if (seen.has(identity)) continue;
      seen.add(identity);
      if (cause.causes.length === 0) roots.push(cause);
      next.push(...cause.causes);
    }
    level = next;
  }
  return roots;
}

/** A cause as one sentence about the asset, such as `The upstream asset "orders" has new data`. */
export function describeStaleCause({ category, dependency, change, through }: StaleCause): string {
  const seen =
    through.length === 0 ? "" : `, seen through ${through.map((virtual) => `"${virtual}"`).join(" and ")}`;
  switch (category) {
    case "code":
      return "Its code has a new version";
    case "data":
      return dependency === null
        ? "It has new data"
        : `The upstream asset "${dependency}" has new data${seen}`;
    case "dependencies":
      return change === "removed"
        ? `It does not depend on "${dependency}" any more`
        : `It depends on "${dependency}" now${seen}`;
  }
}
