import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { closeSchema } from "./close-schema.ts";

/**
 * The schema of some config: any Standard Schema that can also give its JSON Schema, such as an object schema of zod 4 or
 * ArkType, or one of Valibot after `toStandardJsonSchema`.
 */
export interface ConfigSchema<I = unknown, O = unknown> {
  readonly "~standard": StandardSchemaV1.Props<I, O> & StandardJSONSchemaV1.Props<I, O>;
}

declare const takenConfig: unique symbol;

/** What a run may give config to, with the type of the schema: undefined when it takes none, unknown when the types don't know. */
export interface TakesConfig<C = unknown> {
  readonly [takenConfig]?: { readonly schema: C };
}

/** What user code receives for a schema: its output type; `undefined` where there is no schema. */
export type ConfigOf<C> = C extends ConfigSchema ? StandardSchemaV1.InferOutput<C> : undefined;

/** What may be written for a schema: its input type, with `env(…)` wherever a value may stand. */
export type ConfigInputOf<C> = C extends ConfigSchema
  ? OrVariables<StandardSchemaV1.InferInput<C>>
  : undefined;

/** A JSON Schema (2020-12) document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value of config that is read from the environment of the process that runs the code. */
export interface EnvironmentVariable {
  readonly env: string;
  /** False for values that may be shown in logs. Default: true. */
  readonly masked?: boolean;
}

type OrVariables<T> =
  | EnvironmentVariable
  | (T extends readonly (infer E)[]
      ? readonly OrVariables<E>[]
      : T extends object
        ? { [K in keyof T]: OrVariables<T[K]> }
        : T);

/** A schema is asked once what it takes: it is made once, and each run reads a config with it. */
const described = new WeakMap<ConfigSchema, JsonSchema>();

/**
 * The JSON Schema of what may be given for a config; `{}` where its library can not describe it. A part that JSON Schema has no words for
 * (a date, a class) takes anything: what does not fit, the schema itself says in the worker.
 */
export function toJsonSchema(schema: ConfigSchema): JsonSchema {
  const known = described.get(schema) ?? describe(schema["~standard"]);
  described.set(schema, known);
  return known;
}

function describe({ vendor, jsonSchema }: ConfigSchema["~standard"]): JsonSchema {
  // zod's objects drop what they do not name unless their document says otherwise; those of other libraries may keep it.
  const isZod = vendor === "zod";
  // Of what JSON has no word for, such as a date, zod says nothing then, where it would refuse the whole.
  const libraryOptions = { unrepresentable: "any" };
  try {
    const { $schema: _, ...document } = jsonSchema.input({ target: "draft-2020-12", libraryOptions });
    return isZod ? closeSchema(document) : document;
  } catch {
    return {};
  }
}

/** Whether something must be given for this config, as it has fields without a default. */
export function isConfigRequired(schema: JsonSchema): boolean {
  if (schema["default"] !== undefined) return false;
  if (schema["type"] === "object") return Array.isArray(schema["required"]) && schema["required"].length > 0;
  return Object.keys(schema).length > 0;
}
