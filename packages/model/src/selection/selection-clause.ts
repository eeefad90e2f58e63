/** An old-style clause: a name with levels above and below; null: all levels. */
export interface SelectionClause {
  readonly name: string;
  readonly up: number | null;
  readonly down: number | null;
}

const CLAUSE = /^(?<up>\*|\++)?(?<name>[./\w[\]?-]+)(?<down>\*|\++)?$/;

/** Reads `*name`, `++name`, `name+`: a star is all levels, each plus one. Null when the text is no such clause. */
export function parseSelectionClause(text: string): SelectionClause | null {
  const groups = CLAUSE.exec(text.trim())?.groups;
  if (groups?.["name"] === undefined) return null;
  return { name: groups["name"], up: levels(groups["up"]), down: levels(groups["down"]) };
}

/** How much of a text that is no clause could begin one: where it goes wrong, in characters from its start. */
export function clauseLength(text: string): number {
  return /^\s*(?:\*|\+*)[./\w[\]?-]*(?:\*|\+*)\s*/.exec(text)?.[0].length ?? 0;
}

function levels(marks: string | undefined): number | null {
  return marks === "*" ? null : (marks?.length ?? 0);
}
