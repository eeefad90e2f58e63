/** Something one can go to. */
export interface Place {
  readonly kind: string;
  readonly name: string;
  readonly path: string;
}

/** A run's id, pasted whole. */
const RUN_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/**
 * The places whose names contain the letters of `text` in order, best first: names that begin with it, then names with a word
 * that does, then the rest. A whole run id leads to its run.
 */
export function rankPlaces(places: readonly Place[], text: string): Place[] {
  const wanted = text.trim().toLowerCase();
  if (RUN_ID.test(wanted)) return [{ kind: "Run", name: wanted, path: `/runs/${wanted}` }];
  return places
    .map((place) => ({ place, score: scoreOf(place.name.toLowerCase(), wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place.name.length - b.place.name.length)
    .map(({ place }) => place);
}

function scoreOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 4;
  if (name.split(/[^a-z0-9]+/).some((word) => word.startsWith(wanted))) return 3;
  if (name.includes(wanted)) return 2;
  let position = 0;
  for (const letter of wanted) {
    position = name.indexOf(letter, position) + 1;
    if (position === 0) return 0;
  }
  return 1;
}
