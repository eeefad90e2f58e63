import { plainCheckMessage } from "@millrace/model/check-message";
import { describeType, isObject } from "@millrace/model/config/json-schema";
import { explainUnknownName, suggestNear } from "@millrace/model/near-names";
import type { CheckComputation } from "../../checks/asset-check.ts";
import type { CheckResult } from "../../assets/check-result.ts";
import { toStepMetadata } from "../scope/step-metadata.ts";
import type { PlannedCheck } from "../plan/execution-plan.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import { BlockingCheckFailed, InvalidStepResult } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";

/** What user code says about checks of one asset, by name. */
export type CheckResults = Readonly<Record<string, unknown>>;

/** Reports what a step returned that evaluates one check, or several by name, then fails if a blocking one did not pass. */
export function reportCheckStep(scope: RunScope, step: StepScope, returned: unknown): void {
  const { checks, computation } = step.planned;
  const [only] = checks;
  if (only?.resultName === null) return failOnBlocking(emitCheck(scope, step, only, returned));
  const names = "checks" in computation ? [...(computation as CheckComputation).checks.keys()] : [];
  if (typeof returned !== "object" || returned === null)
    throw new InvalidStepResult(
      `Step "${step.key}" must return an object with its checks: ${names.join(", ")}`,
    );
  for (const name of Object.keys(returned)) {
    if (names.includes(name)) continue;
    throw new InvalidStepResult(
      `Step "${step.key}" returned "${name}", which is none of its checks${explainUnknownName(name, names)}`,
    );
  }
  const results = returned as Readonly<Record<string, unknown>>;
  failOnBlocking(checks.flatMap((check) => emitCheck(scope, step, check, results[check.resultName ?? ""])));
}

/**
 * Reports the checks of an asset as a whole, once for all partitions that a call has made.
 *
 * @param results What the code says about checks of the asset, partition by partition.
 */
export function emitWholeChecks(
  scope: RunScope,
  step: StepScope,
  checks: readonly PlannedCheck[],
  results: readonly CheckResults[],
): string[] {
  const last: CheckResults = Object.assign({}, ...results) as CheckResults;
  return checks.flatMap((check) =>
    check.perPartition ? [] : emitCheck(scope, step, check, last[check.name]),
  );
}

/** @throws BlockingCheckFailed with these names, if there are any. */
export function failOnBlocking(names: readonly string[]): void {
  if (names.length > 0) throw new BlockingCheckFailed(names);
}

/**
 * Reports the results of checks of one asset; gives the names of the blocking ones that did not pass.
 *
 * @param which `each`: those for each partition only, as the others follow.
 */
export function emitChecks(
  scope: RunScope,
  step: StepScope,
  checks: readonly PlannedCheck[],
  results: CheckResults,
  which: "all" | "each",
): string[] {
  for (const name of Object.keys(results)) {
    if (!checks.some((check) => check.name === name)) {
      throw new InvalidStepResult(
        `Step "${step.key}" reports the check "${name}", which it does not declare in \`checks\`${suggestNear(
          name,
          checks.map((check) => check.name),
        )}`,
      );
    }
  }
  const reported = checks.filter(({ perPartition }) => which === "all" || perPartition);
  return reported.flatMap((check) => emitCheck(scope, step, check, results[check.name]));
}

/** Reports the result of a check; gives its name when it is blocking and did not pass. */
export function emitCheck(
  scope: RunScope,
  step: StepScope,
  check: PlannedCheck,
  returned: unknown,
): string[] {
  const result = toCheckResult(step, check, returned);
  if (result === null) {
    step.log.warning(`The step did not report its check "${check.name}" of ${check.assetKey}`);
    return [];
  }
  const severity = result.severity ?? check.severity;
  emit(scope, {
    type: "ASSET_CHECK_EVALUATION",
    stepKey: step.key,
    assetKey: check.assetKey,
    checkName: check.name,
    partition: check.perPartition ? step.planned.partitionKey : null,
    passed: result.passed,
    severity,
    blocking: check.blocking,
    metadata: toStepMetadata(step.log, `check ${check.name} of ${check.assetKey}`, result.metadata),
    message:
      result.description ??
      plainCheckMessage({ checkName: check.name, assetKey: check.assetKey, passed: result.passed }),
  });
  return check.blocking && !result.passed && severity === "ERROR" ? [check.name] : [];
}

/** What a check may say of its result. */
const RESULT_FIELDS = ["passed", "severity", "metadata", "description"] satisfies (keyof CheckResult)[];

function toCheckResult(
  step: StepScope,
  { name, resultName }: PlannedCheck,
  result: unknown,
): CheckResult | null {
  if (typeof result === "boolean") return { passed: result };
  if (isObject(result) && typeof result["passed"] === "boolean") {
    for (const field of listUnknownFields(result))
      step.log.warning(
        `The result of check "${name}" has "${field}", which says nothing${explainUnknownName(field, RESULT_FIELDS)}`,
      );
    return result as unknown as CheckResult;
  }
  if (result === undefined && (step.planned.kind !== "check" || resultName !== null)) return null;
  throw new InvalidStepResult(
    `Check "${name}" must return a boolean or an object with \`passed\`, true or false, but has returned ${describeReturned(result)}`,
  );
}

function describeReturned(result: unknown): string {
  if (!isObject(result)) return describeType(result);
  if ("passed" in result) return `one whose \`passed\` is ${describeType(result["passed"])}`;
  const [field] = listUnknownFields(result);
  return field === undefined ? "one without" : `one with "${field}"${suggestNear(field, RESULT_FIELDS)}`;
}

function listUnknownFields(result: object): string[] {
  return Object.keys(result).filter((field) => !(RESULT_FIELDS as readonly string[]).includes(field));
}
