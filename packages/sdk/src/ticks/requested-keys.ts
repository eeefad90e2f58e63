import type { JobPartitionsOf, SelectedPartitions } from "../jobs/job.ts";
import type { PartitionKeyOf } from "../partitions/partition-keys.ts";

/** The keys of partitions `P`, as far as their type tells; `never` where there are none. */
type KeysOf<P> = [P] extends [undefined] ? never : PartitionKeyOf<Exclude<P, undefined>>;

/** The keys of partitions that runs of a job can have, as far as its type tells: any text for one that is named. */
export type RunKeyOf<J> = J extends string ? string : KeysOf<JobPartitionsOf<J>>;

/** The keys of partitions that the code of a schedule or sensor can ask for, which launches jobs `J`, or a job of what `T` selects. */
export type RequestedKeys<J, T> =
  // Inferred, so that the compiler's errors show the keys and not this name.
  RunKeyOf<J> | KeysOf<SelectedPartitions<T>> extends infer K extends string ? K : never;
