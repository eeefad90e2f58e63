/** One workload: yields a line for each system it was asked to measure. */
export type Bench = (options: BenchOptions) => AsyncGenerator<object>;

/** What was asked on the command line. */
export interface BenchOptions {
  /** Systems to measure beside ours. */
  readonly peers: readonly string[];
  /** How many samples, where the workload has samples. */
  readonly runs: number;
}
