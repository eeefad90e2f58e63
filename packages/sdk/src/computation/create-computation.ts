import { parseRetryPolicy, type RetryPolicy } from "@millrace/model/retry-policy";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { ResourceMap } from "../resources/resource.ts";
import { checkKind, checkKinds } from "../definition/check-kind.ts";
import { checkOption } from "../definition/check-option.ts";
import type { Computation, ComputationOptions } from "./computation.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { SourcePosition } from "../definition/source-position.ts";

/** Options before their types are checked against each other, as implementations of overloads see them. */
export type LooseComputationOptions = ComputationOptions<ConfigSchema | undefined, ResourceMap>;

/**
 * Reads the options that all steps share.
 *
 * @param what The kind of definition, for messages.
 * @throws DefinitionError when an option makes no sense.
 */
export function createComputation(
  what: string,
  name: string,
  options: LooseComputationOptions,
  compute: Computation["compute"],
  source: SourcePosition | null,
): Computation {
  const { timeoutSeconds } = options;
  const where = () => describeDefinition(what, name, { source });
  checkKinds(where, "resources", options.resources ?? {}, "resource");
  options.hooks?.forEach((hook, index) => checkKind(where, `hooks[${index}]`, hook, "hook"));
  if (typeof compute !== "function") {
    throw new DefinitionError(
      "invalid_option",
      `${where()} has no code: its last parameter must be a function`,
    );
  }
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) {
    throw new DefinitionError(
      "invalid_option",
      `${where()}: timeoutSeconds must be more than 0, not ${timeoutSeconds}`,
    );
  }
  if (options.config !== undefined) checkConfigSchema(what, name, options.config, source);
  return {
    compute,
    config: options.config ?? null,
    resources: options.resources ?? {},
    retryPolicy:
      options.retryPolicy === undefined ? null : checkRetryPolicy(what, name, options.retryPolicy, source),
    fallbackRetryPolicy: null,
    timeoutSeconds: timeoutSeconds ?? null,
    pool: options.pool ?? null,
    tags: options.tags ?? {},
    hooks: options.hooks ?? [],
    source,
  };
}

/** Checks that the config of a step or graph is a schema that can be validated with and shown as a form. */
export function checkConfigSchema(
  what: string,
  name: string,
  schema: ConfigSchema,
  source: SourcePosition | null,
): void {
  if (typeof schema["~standard"]?.validate === "function" && "jsonSchema" in schema["~standard"]) return;
  throw new DefinitionError(
    "invalid_option",
    `${describeDefinition(what, name, { source })}: config must be a Standard Schema that can give its JSON Schema, such as z.object({ … }) of zod 4.2 or later`,
  );
}

/** Reads the retry policy of a step or job. */
export function checkRetryPolicy(
  what: string,
  name: string,
  policy: RetryPolicy | undefined,
  source: SourcePosition | null,
): RetryPolicy | null {
  return policy === undefined ? null : checkOption(what, name, source, () => parseRetryPolicy(policy));
}
