import { createHash } from "node:crypto";

/** What happened in a simulation, statement by statement. */
export interface Trace {
  /** Statements so far. */
  readonly statements: number;
  add(line: string): void;
  /** The same for the same lines. */
  hash(): string;
  /** The newest lines, oldest first. */
  readonly lastLines: readonly string[];
}

const LINES_KEPT = 40;

export function createTrace(): Trace {
  const hash = createHash("sha256");
  const lastLines: string[] = [];
  let statements = 0;
  return {
    get statements() {
      return statements;
    },
    lastLines,
    add(line) {
      statements++;
      hash.update(`${line}\n`);
      if (lastLines.push(line) > LINES_KEPT) lastLines.shift();
    },
    hash: () => hash.copy().digest("hex").slice(0, 16),
  };
}
