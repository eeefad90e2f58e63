/** How many definitions of a kind, such as `asset`, two versions of a code location have otherwise. */
interface ChangeCount {
  readonly kind: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** Names how many definitions were added, removed and changed: `2 assets added, 1 job changed`; empty where none were. */
export function describeChangeCounts(counts: readonly ChangeCount[]): string {
  return counts
    .flatMap(({ kind, added, removed, changed }) =>
      Object.entries({ added, removed, changed }).flatMap(([change, count]) =>
        count === 0 ? [] : [`${count} ${kind}${count === 1 ? "" : "s"} ${change}`],
      ),
    )
    .join(", ");
}
