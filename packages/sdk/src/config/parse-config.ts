import { listUnknownFields } from "@millrace/model/config/unknown-fields";
import { explainUnknownName } from "@millrace/model/near-names";
import { toJsonSchema, type ConfigSchema } from "./config-schema.ts";
import { bindEnvironment, type Environment } from "./environment.ts";
import { formatIssuePath, formatPath } from "./format-issue-path.ts";
import { type ConfigIssue, InvalidConfig } from "./invalid-config.ts";

/**
 * Reads a config: binds environment variables, then validates, which fills in defaults. A config that is not given
 * counts as `{}`, so that a schema whose fields all have defaults needs none. A field that the schema does not have is refused, also
 * where its library would drop it: it was meant to change something.
 *
 * @param where What the config belongs to, such as `ops.clean_orders.config`, for messages.
 * @throws InvalidConfig naming every place that is wrong.
 */
export async function parseConfig(
  schema: ConfigSchema | null,
  config: unknown,
  where: string,
  environment: Environment,
): Promise<unknown> {
  if (schema === null) {
    if (
      config === undefined ||
      (typeof config === "object" && config !== null && Object.keys(config).length === 0)
    ) {
      return undefined;
    }
    throw new InvalidConfig(where, [{ path: "", message: "takes no config" }]);
  }
  const bound = bindEnvironment(config ?? {}, environment, where);
  const result = await schema["~standard"].validate(bound);
  const issues = [
    ...(result.issues ?? []).map((issue) => ({ path: formatIssuePath(issue), message: issue.message })),
    ...listUnknown(schema, bound, result.issues ? undefined : result.value),
  ];
  if (result.issues || issues.length > 0) throw new InvalidConfig(where, issues);
  return result.value;
}

/**
 * What is given and has no effect, as the schema does not have it.
 *
 * @param read What the schema made of it; undefined when it was refused.
 */
export function listUnknown(schema: ConfigSchema, given: unknown, read: unknown): ConfigIssue[] {
  if (typeof given !== "object" || given === null || Object.keys(given).length === 0) return [];
  return listUnknownFields(toJsonSchema(schema), given, read).map(({ path, known }) => ({
    path: formatPath(path),
    message: `there is no such field${explainUnknownName(String(path.at(-1)), known)}`,
  }));
}
