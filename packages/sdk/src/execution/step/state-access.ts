import type { StandardSchemaV1 } from "@standard-schema/spec";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { explainInvalidText, isDeeperThan, MAX_JSON_DEPTH, utf8Length } from "@millrace/model/text-limits";
import type { StateAccess, StepState } from "../../context/step-state.ts";
import { formatIssuePath } from "../../config/format-issue-path.ts";
import { explainJsonLoss, listLosses } from "../../io/list-losses.ts";
import { emit } from "../scope/emit.ts";
import { maskSecrets } from "../scope/mask-secrets.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { InvalidStepState } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";

/** Bytes of JSON that a kept value may have: it is what finds the work again, not the work. */
const MAX_BYTES = 65_536;
/** Levels that the event around the value has. */
const EVENT_LEVELS = 1;

/**
 * What a step keeps from one attempt to the next. It goes by the run's events, and is heard also from code that goes on after its
 * attempt has ended: what it has submitted meanwhile is to be found.
 */
export function stateAccessOf({ key, planned, lasting: scope }: StepScope): StateAccess {
  const partition = planned.partitionKey;
  const isOwn = (state: StepState, kept: { readonly name: string; readonly partition: string | null }) =>
    kept.name === state.name && kept.partition === partition;
  const common = { type: "STEP_STATE", stepKey: key, partition } as const;
  return {
    async get<O>(state: StepState<unknown, O>): Promise<O | undefined> {
      const kept = scope.memory.of(key).state.find((found) => isOwn(state, found));
      return kept === undefined ? undefined : validate(state, kept.value, key);
    },
    async set<I>(state: StepState<I>, value: NoInfer<I>): Promise<void> {
      await validate(state, value, key);
      const { name } = state;
      const json = toPlainJson(scope, value, `State "${name}" of step "${key}"`);
      emit(scope, { ...common, name, value: json, message: `Step ${key} keeps ${name}` });
    },
    async clear({ name }: StepState): Promise<void> {
      emit(scope, { ...common, name, message: `Step ${key} does not keep ${name} any more` });
    },
  };
}

async function validate<O>(state: StepState<unknown, O>, value: unknown, stepKey: string): Promise<O> {
  const schema: StandardSchemaV1<unknown, O> = state.schema;
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => `${formatIssuePath(issue) || "the value"}: ${issue.message}`);
  throw new InvalidStepState(
    `State "${state.name}" of step "${stepKey}" is not as its schema says: ${issues.join("; ")}`,
  );
}

/** The value as JSON keeps it. @throws InvalidStepState when that is another one, or must not or can not be stored. */
function toPlainJson(scope: RunScope, value: unknown, what: string): unknown {
  const losses = listLosses(value, (item) => explainJsonLoss(item) ?? explainText(item));
  if (losses.length > 0) throw new InvalidStepState(`${what} is not plain JSON: ${losses.join("; ")}`);
  const json = toJson(value, what);
  if (isDeeperThan(value, MAX_JSON_DEPTH - EVENT_LEVELS))
    throw new InvalidStepState(`${what} has more than ${MAX_JSON_DEPTH - EVENT_LEVELS} levels`);
  const bytes = utf8Length(json);
  if (bytes > MAX_BYTES)
    throw new InvalidStepState(
      `${what} has ${bytes} bytes of JSON; ${MAX_BYTES} are possible: store it elsewhere and keep where it is`,
    );
  if (JSON.stringify(maskSecrets(value, scope.environment.secrets)) !== json)
    throw new InvalidStepState(
      `${what} holds a secret of the run's config, and what a step keeps is shown with its events`,
    );
  return JSON.parse(json);
}

function toJson(value: unknown, what: string): string {
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return json;
  } catch (error) {
    throw new InvalidStepState(`${what} is not plain JSON: ${toErrorInfo(error).message}`);
  }
  throw new InvalidStepState(`${what} is undefined: clear it to keep nothing`);
}

function explainText(value: unknown): string | null {
  return typeof value === "string" ? explainInvalidText(value, Infinity) : null;
}
