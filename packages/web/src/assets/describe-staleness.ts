import { formatCount } from "../ui/number-format.ts";

/** Why an asset is stale, as the user API says it. */
export interface StaleReason {
  readonly category: "CODE" | "DATA" | "DEPENDENCIES";
  readonly reason: string;
  readonly dependency: string | null;
}

/**
 * The first cause in a few words, with how many more there are, and all of them as sentences; of an asset with partitions how many of
 * these are stale. Null: it is up to date.
 */
export function describeStaleness(
  causes: readonly StaleReason[],
  stalePartitions = 0,
): { readonly label: string; readonly sentences: readonly string[] } | null {
  const [first, ...others] = causes;
  if (!first) return stalePartitions > 0 ? describePartitions(stalePartitions) : null;
  const more = others.length > 0 ? ` +${others.length}` : "";
  return { label: `${wordsOf(first)}${more}`, sentences: causes.map(({ reason }) => reason) };
}

function describePartitions(stale: number): {
  readonly label: string;
  readonly sentences: readonly string[];
} {
  const words = `${formatCount(stale)} stale ${stale === 1 ? "partition" : "partitions"}`;
  return { label: words, sentences: [words] };
}

function wordsOf({ category, dependency }: StaleReason): string {
  switch (category) {
    case "CODE":
      return "Code changed";
    case "DEPENDENCIES":
      return "Dependencies changed";
    case "DATA":
      return dependency === null ? "New data" : `Upstream ${dependency} has new data`;
  }
}
