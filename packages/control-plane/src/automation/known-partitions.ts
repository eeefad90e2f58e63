import { knownKeys } from "@millrace/model/partitions/known-keys";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import { subtractSubset, unionSubsets, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { hasFailed, isPresent, type PlaceFacts } from "./place-facts.ts";

/** What is known of the partitions of an asset. The sets follow each change, so that asking for them again costs what has changed. */
export interface KnownPartitions {
  get(key: string): PlaceFacts | undefined;
  /** @param place null: nothing is known any more. */
  set(key: string, place: PlaceFacts | null): void;
  /** Those that are there; of an external asset, also those that were observed. */
  present(definition: PartitionsDefinition, isExternal: boolean): PartitionsSubset;
  /** Those that the newest run failed to make. */
  failed(definition: PartitionsDefinition): PartitionsSubset;
}

interface Sets {
  readonly definition: PartitionsDefinition;
  readonly isExternal: boolean;
  readonly present: PartitionsSubset;
  readonly failed: PartitionsSubset;
}

export function createKnownPartitions(known: Iterable<readonly [string, PlaceFacts]> = []): KnownPartitions {
  const places = new Map(known);
  /** Those that the sets do not tell of yet. */
  const changed = new Set<string>();
  let sets: Sets | null = null;

  function subsetsOf(definition: PartitionsDefinition, isExternal: boolean, keys: readonly string[]) {
    const where = (is: (place: PlaceFacts) => boolean): PartitionsSubset =>
      knownKeys(
        definition,
        keys.filter((key) => {
          const place = places.get(key);
          return place !== undefined && is(place);
        }),
      );
    return { present: where((place) => isPresent(place, isExternal)), failed: where(hasFailed) };
  }

  function setsOf(definition: PartitionsDefinition, isExternal: boolean): Sets {
    if (sets?.isExternal !== isExternal || !isSamePartitions(sets.definition, definition)) {
      sets = { definition, isExternal, ...subsetsOf(definition, isExternal, [...places.keys()]) };
    } else if (changed.size > 0) {
      const keys = [...changed];
      const all = knownKeys(definition, keys);
      const now = subsetsOf(definition, isExternal, keys);
      const follow = (before: PartitionsSubset, after: PartitionsSubset): PartitionsSubset =>
        unionSubsets(subtractSubset(before, all), after);
      sets = {
        ...sets,
        present: follow(sets.present, now.present),
        failed: follow(sets.failed, now.failed),
      };
    }
    changed.clear();
    return sets;
  }

  return {
    get: (key) => places.get(key),
    set: (key, place) => {
      if (place === null) places.delete(key);
      else places.set(key, place);
      changed.add(key);
    },
    present: (definition, isExternal) => setsOf(definition, isExternal).present,
    // Whichever of the two it was that the sets were made for.
    failed: (definition) => setsOf(definition, sets?.isExternal ?? false).failed,
  };
}
