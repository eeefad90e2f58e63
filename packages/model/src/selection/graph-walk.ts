/**
 * The keys within `levels` steps of the start, without the start itself unless it is reached from another start.
 * Takes time for each edge once, however many levels.
 */
export function walk(
  start: Iterable<string>,
  next: (key: string) => readonly string[],
  levels: number | null,
): Set<string> {
  const reached = new Set<string>();
  let frontier = [...start];
  let levelsLeft = levels ?? Infinity;
  while (frontier.length > 0 && levelsLeft-- > 0) {
    const following: string[] = [];
    for (const key of frontier)
      for (const neighbor of next(key)) {
        if (neighbor === key || reached.has(neighbor)) continue;
        reached.add(neighbor);
        following.push(neighbor);
      }
    frontier = following;
  }
  return reached;
}
