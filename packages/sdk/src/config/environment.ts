import { isEnvironmentValue } from "@millrace/model/config/json-schema";
import type { EnvironmentVariable } from "./config-schema.ts";
import { listSecretForms } from "./secret-forms.ts";
import { InvalidConfig } from "./invalid-config.ts";

/**
 * A value of config that is read from an environment variable, when and where the code runs: it never travels and never
 * shows. In what a run says, its value is replaced by `****`, unless `masked` is false: in events and in what its code prints,
 * also in JSON, URLs and base64. A value of fewer than four characters is not.
 *
 * @example
 * const bucket = resource("bucket", {
 *   config: z.object({ url: z.string(), secret: z.string() }),
 *   setup: ({ config }) => new URL(config.url),
 * });
 * const reports = withConfig(bucket, { url: env("BUCKET_URL", { masked: false }), secret: env("BUCKET_SECRET") });
 */
export function env(name: string, options: { readonly masked?: boolean } = {}): EnvironmentVariable {
  return Object.freeze(options.masked === false ? { env: name, masked: false } : { env: name });
}

/** The environment config is bound to, and what came out of it that must not show. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Texts to mask, each secret in all its forms; grows while config is resolved. */
  readonly secrets: Set<string>;
}

/**
 * Puts the values of environment variables in their places.
 *
 * @param where What the config belongs to, for messages.
 * @throws InvalidConfig naming the variable that is not set and the place that needs it.
 */
export function bindEnvironment(config: unknown, environment: Environment, where: string): unknown {
  if (isEnvironmentValue(config)) {
    const value = environment.variables[config.env];
    if (value === undefined) {
      throw new InvalidConfig(where, [
        { path: "", message: `environment variable ${config.env} is not set` },
      ]);
    }
    if (config.masked !== false && !environment.secrets.has(value))
      for (const form of listSecretForms(value)) environment.secrets.add(form);
    return value;
  }
  if (Array.isArray(config)) {
    return config.map((item, index) => bindEnvironment(item, environment, `${where}[${index}]`));
  }
  if (typeof config === "object" && config !== null) {
    return Object.fromEntries(
      Object.entries(config).map(([key, item]) => [
        key,
        bindEnvironment(item, environment, `${where}.${key}`),
      ]),
    );
  }
  return config;
}

/** The names of all environment variables that a config is bound to. */
export function listEnvironmentVariables(config: unknown): string[] {
  if (isEnvironmentValue(config)) return [config.env];
  if (typeof config !== "object" || config === null) return [];
  return [...new Set(Object.values(config).flatMap(listEnvironmentVariables))];
}
