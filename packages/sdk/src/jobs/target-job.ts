import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { SourcePosition } from "../definition/source-position.ts";
import type { Job } from "./job.ts";
import { checkSelection, type SelectionInput } from "./selection-input.ts";

const PREFIX = "__";

/** Whether a job is one that a schedule or sensor has made of its target, and whose name its author never wrote. */
export function isTargetJob(jobName: string): boolean {
  return jobName.startsWith(PREFIX);
}

/** The job that a schedule or sensor launches: a named one, or one of its own over the assets it targets. */
export function targetJob(
  what: "schedule" | "sensor",
  name: string,
  options: { readonly job?: Job; readonly target?: SelectionInput },
  source: SourcePosition | null,
): Job {
  const { job, target } = options;
  if (job && target === undefined) {
    checkKind(() => describeDefinition(what, name, { source }), "job", job, "job");
    return job;
  }
  if (job || target === undefined) {
    throw new DefinitionError(
      "invalid_option",
      `${describeDefinition(what, name, { source })} must have either a job or a target`,
    );
  }
  checkSelection(() => describeDefinition(what, name, { source }), "target", target);
  return Object.freeze({
    [DEFINITION]: "job",
    source,
    name: `${PREFIX}${name}`,
    description: null,
    tags: {},
    owners: [],
    metadata: {},
    config: {},
    retryPolicy: null,
    hooks: [],
    partitions: null,
    executor: null,
    automationCondition: null,
    target: { kind: "assets", selection: target },
  } as const);
}
