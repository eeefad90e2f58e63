import type {
  DynamicKeys,
  PartitionExclusion,
  PartitionsDefinition,
  PartitionWindow,
  SinglePartitions,
  TimePartitions,
} from "@millrace/model/partitions/definition";

/** A partitions definition as the vectors write it. */
export interface VectorDefinition {
  readonly type: string;
  readonly timezone?: string;
  readonly start?: string;
  readonly end?: string;
  readonly cron?: string;
  readonly minute_offset?: number;
  readonly hour_offset?: number;
  readonly day_offset?: number;
  readonly end_offset?: number;
  readonly fmt?: string;
  readonly exclusions?: readonly PartitionExclusion[];
  readonly keys?: readonly string[];
  readonly name?: string;
  readonly existing_keys?: readonly string[];
  readonly dimensions?: Readonly<Record<string, VectorDefinition>>;
}

/** Our definition for one of the vectors', as plain data that still has to be validated. */
export function toDefinition(vector: VectorDefinition): PartitionsDefinition {
  if (vector.type !== "multi") return toSingle(vector);
  const dimensions = Object.entries(vector.dimensions ?? {}).map(([name, single]) => [
    name,
    toSingle(single),
  ]);
  return { type: "multi", dimensions: Object.fromEntries(dimensions) };
}

function toSingle(vector: VectorDefinition): SinglePartitions {
  const { type, name = "" } = vector;
  if (type === "static") return { type, keys: vector.keys ?? [] };
  if (type === "dynamic") return { type, name };
  // A nested "multi" passes through, so that validation can refuse it.
  const optional = present({
    timezone: vector.timezone,
    end: vector.end,
    cron: vector.cron,
    minuteOffset: vector.minute_offset,
    hourOffset: vector.hour_offset,
    dayOffset: vector.day_offset,
    endOffset: vector.end_offset,
    format: vector.fmt,
    exclusions: vector.exclusions,
  });
  return { type: type as TimePartitions["type"], start: vector.start ?? "", ...optional };
}

/** The existing keys of all dynamic definitions inside these. */
export function dynamicKeysOf(vectors: readonly (VectorDefinition | null)[]): DynamicKeys {
  const keys: Record<string, readonly string[]> = {};
  for (const vector of vectors.flatMap((each) =>
    each ? [each, ...Object.values(each.dimensions ?? {})] : [],
  )) {
    if (vector.type === "dynamic" && vector.name) keys[vector.name] = vector.existing_keys ?? [];
  }
  return keys;
}

/** An instant as the vectors write it: UTC, whole seconds, `Z`. */
export function formatInstant(instant: number): string {
  return new Date(instant).toISOString().replace(".000Z", "Z");
}

export function formatWindow(window: PartitionWindow | null): [string, string] | null {
  return window && [formatInstant(window.start), formatInstant(window.end)];
}

/** The answer, or the vectors' form of a failure. */
export function orError(answer: () => unknown): unknown {
  try {
    return answer();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
