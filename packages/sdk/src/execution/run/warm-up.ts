import { definitions } from "../../definitions/definitions.ts";
import { resolveDefinitions } from "../../definitions/resolve.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import { op } from "../../graphs/op.ts";
import { job } from "../../jobs/job.ts";

/** The job of `warmUpDefinitions`. */
export const WARM_UP_JOB = "warm_up";

/** A job that logs one line, for a worker that executes it once before its run comes, so that the engine's code is loaded and compiled. */
export function warmUpDefinitions(): ResolvedDefinitions {
  const log = op("log", {}, (context) => context.log.info("a line"));
  return resolveDefinitions(definitions({ jobs: [job(WARM_UP_JOB, () => void log())] }));
}
