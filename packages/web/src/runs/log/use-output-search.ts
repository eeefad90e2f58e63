import { useState } from "react";
import { execute } from "../../graphql/client.ts";
import { type LogStream, RunLogSearchDocument, type RunLogSearchQuery } from "../runs.gen.ts";

export type OutputMatch = NonNullable<RunLogSearchQuery["run"]>["logSearch"]["matches"][number];

/** Where to look. */
interface SearchedOutput {
  readonly runId: string;
  readonly stream: LogStream;
  readonly attempt: number | null;
}

/** What a search has come to. */
export interface OutputSearch {
  /** What was looked for; null: nothing yet. */
  readonly text: string | null;
  readonly matches: readonly OutputMatch[];
  /** Where to go on; null: all was looked through. */
  readonly nextByte: number | null;
  readonly isSearching: boolean;
  readonly failure: string | null;
}

const NOTHING: OutputSearch = { text: null, matches: [], nextByte: null, isSearching: false, failure: null };

/** Searches on the server, until something is found or all was looked through; `goOn` looks for more. */
export function useOutputSearch(output: SearchedOutput): {
  readonly search: OutputSearch;
  readonly start: (text: string) => void;
  readonly goOn: () => void;
} {
  const [search, setSearch] = useState(NOTHING);

  async function run(text: string, from: number, before: readonly OutputMatch[]): Promise<void> {
    setSearch({ text, matches: before, nextByte: from, isSearching: true, failure: null });
    try {
      const { matches, nextByte } = await findMore(output, text, from);
      const all = [...before, ...matches];
      // Somebody may have looked for something else meanwhile.
      setSearch((now) =>
        now.text === text ? { text, matches: all, nextByte, isSearching: false, failure: null } : now,
      );
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      setSearch((now) => (now.text === text ? { ...now, isSearching: false, failure } : now));
    }
  }

  return {
    search,
    start: (text) => (text === "" ? setSearch(NOTHING) : void run(text, 0, [])),
    goOn() {
      if (search.text !== null && search.nextByte !== null)
        void run(search.text, search.nextByte, search.matches);
    },
  };
}

async function findMore(
  { runId, stream, attempt }: SearchedOutput,
  text: string,
  from: number,
): Promise<Pick<OutputSearch, "matches" | "nextByte">> {
  let fromByte = from;
  for (;;) {
    const { run } = await execute(RunLogSearchDocument, { id: runId, stream, attempt, text, fromByte });
    if (run === null) return { matches: [], nextByte: null };
    const { matches, nextByte, size } = run.logSearch;
    const isOver = nextByte >= size || nextByte <= fromByte;
    if (matches.length > 0 || isOver) return { matches, nextByte: isOver ? null : nextByte };
    fromByte = nextByte;
  }
}
