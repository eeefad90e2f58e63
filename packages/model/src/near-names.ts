/** Names beyond these are more to read than they help. */
const MAX_NAMES = 3;

/**
 * What to add to a message about a name that is not there: `; did you mean "nightly"?`, with the known names that differ by the least
 * slips (a character too many, missing, other, or two swapped). Empty when none is near.
 */
export function suggestNear(name: string, known: Iterable<string>): string {
  const near = findNear(name, known);
  return near.length === 0 ? "" : `; did you mean ${near.map((each) => `"${each}"`).join(" or ")}?`;
}

/** Names beyond these are a list that nobody reads. */
const MAX_LISTED = 12;

/** The same, and where none is near, the names that there are, as long as they are few: `; there are "daily" and "weekly"`. */
export function explainUnknownName(name: string, known: readonly string[]): string {
  const near = suggestNear(name, known);
  if (near !== "" || known.length > MAX_LISTED) return near;
  if (known.length === 0) return "; there is none";
  const quoted = known.map((each) => `"${each}"`);
  return `; there ${known.length === 1 ? "is" : "are"} ${[quoted.slice(0, -1).join(", "), quoted.at(-1)].filter(Boolean).join(" and ")}`;
}

/**
 * Up to three names that somebody may have meant, the nearest first. One slip in three characters counts as near, as long as anything
 * is left of the name: two names of one letter are not near to each other.
 */
export function findNear(name: string, known: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(name.length / 3));
  const near: { readonly name: string; readonly slips: number }[] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const slips = countSlips(name.toLowerCase(), candidate.toLowerCase());
    const isAllOther = slips >= Math.max(name.length, candidate.length);
    if (slips <= most && !isAllOther) near.push({ name: candidate, slips });
  }
  return near
    .toSorted((one, other) => one.slips - other.slips || (one.name < other.name ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map((each) => each.name);
}

/** How many slips turn one text into the other (the restricted distance of Damerau and Levenshtein). */
function countSlips(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      let slips = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && isSwapped) slips = Math.min(slips, (before[column - 2] ?? 0) + 1);
      next.push(slips);
    }
    before = last;
    last = next;
  }
  return last[other.length] ?? 0;
}
