import { checkConfig } from "@millrace/model/config/check-config";
import { isObject, type JsonSchema } from "@millrace/model/config/json-schema";
import { toJsonSchema, type ConfigSchema } from "./config-schema.ts";
import { listEnvironmentVariables } from "./environment.ts";
import { formatPath, issuePath } from "./format-issue-path.ts";
import type { ConfigIssue } from "./invalid-config.ts";
import { listUnknown } from "./parse-config.ts";

/**
 * What is wrong with config that code gives before a run does, as far as that can be said without the run: what lacks may come with it, and
 * values from the environment are there where it runs. A schema that has to wait for its answer is not asked.
 */
export function listGivenProblems(schema: ConfigSchema, config: unknown): ConfigIssue[] {
  const ofDocument = listDocumentProblems(toJsonSchema(schema), config);
  if (ofDocument.length > 0 || listEnvironmentVariables(config).length > 0) return ofDocument;
  const result = schema["~standard"].validate(config);
  if (result instanceof Promise) {
    result.catch(() => {});
    return [];
  }
  const wrong = (result.issues ?? []).filter((issue) => valueAt(config, issuePath(issue)) !== undefined);
  return [
    ...wrong.map((issue) => ({ path: formatPath(issuePath(issue)), message: issue.message })),
    ...listUnknown(schema, config, result.issues ? undefined : result.value),
  ];
}

/** The same by a JSON Schema alone. */
export function listDocumentProblems(schema: JsonSchema, config: unknown): ConfigIssue[] {
  const result = checkConfig(schema, config, { environmentValues: true });
  if (result.ok) return [];
  return result.errors.flatMap(({ kind, path, reason }) =>
    kind === "missing_field" ? [] : [{ path: formatPath(path), message: reason }],
  );
}

function valueAt(config: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (isObject(part) || Array.isArray(part) ? Reflect.get(part, key) : undefined),
    config,
  );
}
