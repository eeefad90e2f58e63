import type { Trace } from "./trace.ts";

/** Something did not hold; the message tells what, the last statements before it, and how to see it again. */
export class SimulationFailed extends Error {}

/**
 * What a simulation throws when something in it went wrong.
 *
 * @param replay the command that repeats it.
 */
export function explainFailure(
  seed: number,
  { lastLines }: Pick<Trace, "lastLines">,
  replay: string,
  error: unknown,
): SimulationFailed {
  const reason = error instanceof Error ? error.message : String(error);
  return new SimulationFailed(
    `Seed ${seed}: ${reason}\nThe last statements were:\n${lastLines.join("\n")}\nTo see it again: ${replay}`,
    { cause: error },
  );
}
