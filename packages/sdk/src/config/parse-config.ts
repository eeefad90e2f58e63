import type { ConfigSchema } from "./config-schema.ts";
import { bindEnvironment, type Environment } from "./environment.ts";
import { formatIssuePath } from "./format-issue-path.ts";
import { InvalidConfig } from "./invalid-config.ts";

/**
 * Reads a config: binds environment variables, then validates, which fills in defaults. A config that is not given
 * counts as `{}`, so that a schema whose fields all have defaults needs none.
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
  if (result.issues) {
    throw new InvalidConfig(
      where,
      result.issues.map((issue) => ({ path: formatIssuePath(issue), message: issue.message })),
    );
  }
  return result.value;
}
