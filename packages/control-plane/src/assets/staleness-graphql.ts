import { describeStaleCause, type StaleCause } from "@millrace/model/data-versions/stale-cause";
import type { Staleness } from "@millrace/model/data-versions/staleness";
import { builder } from "../graphql/builder.ts";

/** Whether an asset is up to date, in words of the API. */
export type StaleStatus = "FRESH" | "STALE" | "MISSING";

export const StaleStatusType = builder.enumType("StaleStatus", {
  description: "Whether an asset is up to date with its code and its inputs.",
  values: {
    FRESH: {
      description: "It is, or the question has no answer: an external asset.",
    },
    STALE: {
      description: "It is not; the causes say why. A partitioned asset: some of its partitions are not.",
    },
    MISSING: {
      description:
        "It was never materialized, nor was any of its partitions; a virtual asset: nothing behind it was.",
    },
  } satisfies Record<StaleStatus, object>,
});

const StaleCategoryType = builder.enumType("StaleCategory", {
  values: {
    CODE: { description: "The code has another version than what the data was made by." },
    DATA: { description: "An input has other data than what it was made from." },
    DEPENDENCIES: { description: "The asset depends on other assets than what it was made from." },
  } satisfies Record<Uppercase<StaleCause["category"]>, object>,
});

export const StaleCauseType = builder.objectRef<StaleCause>("StaleCause").implement({
  fields: (t) => ({
    key: t.exposeString("asset", { description: "The asset that is stale." }),
    category: t.field({ type: StaleCategoryType, resolve: ({ category }) => toUpper(category) }),
    reason: t.string({ description: "One sentence about the asset.", resolve: describeStaleCause }),
    dependency: t.exposeString("dependency", {
      nullable: true,
      description:
        "The asset it depends on, or what is behind a virtual one of these, that is the cause; null when the cause lies in the asset itself.",
    }),
  }),
});

/** Null when no code location defines the asset. */
export function toStaleStatus(staleness: Staleness | null): StaleStatus | null {
  return staleness === null ? null : toUpper(staleness.status);
}

/**
 * Whether an asset with partitions is up to date as a whole.
 *
 * @param stale how many of them are not; null: it is not known yet, and so is the answer.
 */
export function staleStatusOfPartitions(
  stale: number | null,
  { isMade, isVirtual }: { readonly isMade: boolean; readonly isVirtual: boolean },
): StaleStatus | null {
  if (!isMade && !isVirtual) return "MISSING";
  if (stale === null) return null;
  return stale > 0 ? "STALE" : "FRESH";
}

/** The causes, each dependency once: an asset may be made from many partitions of it. */
export function toStaleCauses(staleness: Staleness | null): StaleCause[] {
  const causes = new Map<string, StaleCause>();
  for (const cause of staleness?.causes ?? [])
    causes.set(JSON.stringify([cause.category, cause.dependency, cause.change]), cause);
  return [...causes.values()];
}

function toUpper<Word extends string>(word: Word): Uppercase<Word> {
  return word.toUpperCase() as Uppercase<Word>;
}
