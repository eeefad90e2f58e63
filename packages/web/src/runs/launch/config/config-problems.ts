import { checkConfig } from "@millrace/model/config/check-config";
import { isEnvironmentValue, isObject, type JsonSchema } from "@millrace/model/config/json-schema";

/** Field names and list positions from the top. */
export type ConfigPath = readonly (string | number)[];

/** What is wrong with one place of a config. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** What to do, for showing it at the place. */
  readonly message: string;
  /** A sentence with the place in it. */
  readonly sentence: string;
  /** Whether nothing was given yet: no reason to complain before somebody wants to launch. */
  readonly missing: boolean;
}

/** Everything that is wrong with a config, each at the place where it can be mended; by the rules that a launch checks too. */
export function listProblems(schema: JsonSchema, config: unknown): ConfigProblem[] {
  const result = checkConfig(schema, config, { environmentValues: true });
  const nameless = listNamelessVariables(config, []);
  if (result.ok) return nameless;
  const problems = result.errors.flatMap((error): ConfigProblem[] => {
    const { path, kind, message: sentence, reason } = error;
    if (kind === "missing_field") {
      const lacks = (name: string): ConfigProblem => ({
        path: [...path, name],
        message: "Required",
        sentence: `${[...path, name].join(".")} is required`,
        missing: true,
      });
      return (error.fields ?? []).map(lacks);
    }
    const value = valueAt(config, path);
    if (kind === "type_mismatch" && value === null)
      return [{ path, message: "Required", sentence, missing: true }];
    // A form begins with empty lists where there must be one.
    const missing = Array.isArray(value) && value.length === 0;
    return [{ path, message: reason[0]?.toUpperCase() + reason.slice(1), sentence, missing }];
  });
  return [...problems, ...nameless];
}

/** Values from the environment whose variable has not been named yet. */
function listNamelessVariables(value: unknown, path: ConfigPath): ConfigProblem[] {
  if (isEnvironmentValue(value)) {
    if (value.env !== "") return [];
    const message = "Give the name of a variable";
    return [{ path, message, sentence: `${path.join(".")} needs the name of a variable`, missing: true }];
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => listNamelessVariables(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => listNamelessVariables(part, [...path, name]));
}

/** The part of a config at a place; undefined when there is none. */
export function valueAt(config: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((part, name) => {
    if (Array.isArray(part)) return part[Number(name)];
    return isObject(part) && Object.hasOwn(part, name) ? part[String(name)] : undefined;
  }, config);
}

/** Whether there are problems at this place or below it. */
export function hasProblemsUnder(problems: readonly ConfigProblem[], path: ConfigPath): boolean {
  return problems.some((problem) => isUnder(problem.path, path));
}

function isUnder(path: ConfigPath, outer: ConfigPath): boolean {
  return outer.every((name, index) => path[index] === name);
}
