import type { MultiPartitions, PartitionsDefinition } from "../definition.ts";
import { listDimensions } from "../multi-key.ts";
import { isSamePartitions } from "../same-definition.ts";
import {
  emptySubset,
  existingSubset,
  factors,
  onlyExisting,
  productSubset,
  type PartitionsView,
} from "../subset-keys.ts";
import { unionOfSubsets, type PartitionsSubset } from "../subset.ts";
import { MappingDoesNotFit, type MultiToMultiMapping, type MultiToSingleMapping } from "./mapping.ts";
import {
  mapSingleToDownstream,
  mapSingleToUpstream,
  type MappedDefinitions,
  type UpstreamPartitions,
} from "./single-mapping.ts";

/**
 * Works both ways: the partitions of `to` that belong to `subset` of `from`, one of which has a dimension that is
 * partitioned like the other.
 *
 * @throws MappingDoesNotFit
 */
export function mapDimension(
  mapping: MultiToSingleMapping,
  from: PartitionsDefinition | null,
  to: PartitionsDefinition | null,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  if (to?.type === "multi" && from && from.type !== "multi") {
    const dimension = findDimension(mapping, to, from);
    const included = listDimensions(to).map(([name, single]) =>
      name === dimension ? onlyExisting(single, subset, view) : existingSubset(single, view),
    );
    return productSubset(to, included);
  }
  if (from?.type === "multi" && to && to.type !== "multi" && subset.type === "multi") {
    const dimension = findDimension(mapping, from, to);
    const index = listDimensions(from).findIndex(([name]) => name === dimension);
    const parts = Array.from(factors(from, subset), (each) => each[index] ?? emptySubset(to));
    return onlyExisting(to, unionOfSubsets(emptySubset(to), parts), view);
  }
  throw new MappingDoesNotFit(mapping, "one side must have several dimensions and the other one");
}

/** The upstream partitions of `subset`, dimension by dimension. @throws MappingDoesNotFit */
export function mapDimensionsToUpstream(
  mapping: MultiToMultiMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  const { upstream, downstream } = bothMulti(mapping, ends);
  const downstreamNames = listDimensions(downstream).map(([name]) => name);
  const nonexistent = new Set<string>();
  const products = Array.from(subset.type === "multi" ? factors(downstream, subset) : [], (parts) => {
    const included = listDimensions(upstream).map(([name, single]) => {
      const dimension = mapping.dimensions[name];
      if (!dimension) return existingSubset(single, view);
      const from = downstream.dimensions[dimension.downstreamDimension] ?? null;
      const part = parts[downstreamNames.indexOf(dimension.downstreamDimension)] ?? emptySubset(from);
      const mapped = mapSingleToUpstream(
        dimension.mapping,
        { upstream: single, downstream: from },
        part,
        view,
      );
      for (const key of mapped.requiredButNonexistent) nonexistent.add(key);
      return mapped.subset;
    });
    return productSubset(upstream, included);
  });
  return { subset: unionOfSubsets(emptySubset(upstream), products), requiredButNonexistent: nonexistent };
}

/** The downstream partitions of `subset`, dimension by dimension. @throws MappingDoesNotFit */
export function mapDimensionsToDownstream(
  mapping: MultiToMultiMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  const { upstream, downstream } = bothMulti(mapping, ends);
  const upstreamNames = listDimensions(upstream).map(([name]) => name);
  const products = Array.from(subset.type === "multi" ? factors(upstream, subset) : [], (parts) => {
    const included = listDimensions(downstream).map(([name, single]) => {
      const source = upstreamNames.find((each) => mapping.dimensions[each]?.downstreamDimension === name);
      const dimension = source === undefined ? undefined : mapping.dimensions[source];
      if (source === undefined || !dimension) return existingSubset(single, view);
      const from = upstream.dimensions[source] ?? null;
      const part = parts[upstreamNames.indexOf(source)] ?? emptySubset(from);
      return mapSingleToDownstream(dimension.mapping, { upstream: from, downstream: single }, part, view);
    });
    return productSubset(downstream, included);
  });
  return unionOfSubsets(emptySubset(downstream), products);
}

/** The named dimension if it is partitioned like the other side, else the only one that is. */
function findDimension(
  mapping: MultiToSingleMapping,
  multi: MultiPartitions,
  single: PartitionsDefinition,
): string {
  const names = listDimensions(multi).map(([name]) => name);
  const fitting = listDimensions(multi).flatMap(([name, partitions]) =>
    isSamePartitions(partitions, single) ? [name] : [],
  );
  const named = fitting.find((name) => name === mapping.dimension);
  const dimension = named ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (dimension === undefined) {
    const reason = `of ${names.join(", ")} ${fitting.length} are partitioned like the other side; name one of them`;
    throw new MappingDoesNotFit(mapping, reason);
  }
  return dimension;
}

function bothMulti(
  mapping: MultiToMultiMapping,
  { upstream, downstream }: MappedDefinitions,
): { readonly upstream: MultiPartitions; readonly downstream: MultiPartitions } {
  if (upstream?.type !== "multi" || downstream?.type !== "multi") {
    throw new MappingDoesNotFit(mapping, "both sides must have several dimensions");
  }
  for (const [name, { downstreamDimension }] of Object.entries(mapping.dimensions)) {
    if (!(name in upstream.dimensions) || !(downstreamDimension in downstream.dimensions)) {
      throw new MappingDoesNotFit(mapping, `there is no dimension "${name}" or "${downstreamDimension}"`);
    }
  }
  return { upstream, downstream };
}
