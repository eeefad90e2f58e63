import { isObject, type JsonSchema } from "@millrace/model/config/json-schema";
import { fillRequired, setProperty } from "./edit-config.ts";
import { valueAt, type ConfigPath } from "./config-problems.ts";

const GROUPS = ["ops", "resources"] as const;

/** What configures one step or one resource, in a run config. */
export interface ConfigSection {
  readonly group: (typeof GROUPS)[number];
  /** The step's key or the resource's name. */
  readonly name: string;
  /** Where its config is, such as `ops`, `flights`, `config`. */
  readonly path: ConfigPath;
  readonly schema: JsonSchema;
  /** Whether it can't be left out. */
  readonly required: boolean;
}

/** The steps and resources that take config, in the order of the schema of the run config. */
export function listSections(schema: JsonSchema): ConfigSection[] {
  return GROUPS.flatMap((group) => {
    const section = propertyOf(schema, group);
    if (typeof section !== "object") return [];
    return Object.entries(section.properties ?? {}).flatMap(([name, entry]): ConfigSection[] => {
      const config = propertyOf(entry, "config");
      if (config === undefined) return [];
      const required = section.required?.includes(name) ?? false;
      return [{ group, name, path: [group, name, "config"], schema: config, required }];
    });
  });
}

function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  return typeof schema === "object" ? schema.properties?.[name] : undefined;
}

/** The run config with one section changed, or without it when the value is undefined. */
export function setSection(config: unknown, { group, name }: ConfigSection, value: unknown): unknown {
  const entries = isObject(config) ? config[group] : undefined;
  const entry = setProperty(valueAt(config, [group, name]), "config", value);
  const changed = setProperty(entries, name, Object.keys(entry).length === 0 ? undefined : entry);
  return setProperty(config, group, Object.keys(changed).length === 0 ? undefined : changed);
}

/** The config that a form begins with: the job's own, and the empty objects in which something is required. */
export function startConfig(schema: JsonSchema, defaultConfig: unknown): unknown {
  return fillRequired(schema, schema, isObject(defaultConfig) ? defaultConfig : {});
}

/** Places of a run config that no section shows, such as `ops.other`: they stay as they are. */
export function listUnshown(sections: readonly ConfigSection[], config: unknown): string[] {
  if (!isObject(config)) return [];
  return Object.entries(config).flatMap(([group, entries]) => {
    if (!(GROUPS as readonly string[]).includes(group) || !isObject(entries)) return [group];
    const shown = new Set(sections.filter((section) => section.group === group).map(({ name }) => name));
    return Object.keys(entries).flatMap((name) => (shown.has(name) ? [] : [`${group}.${name}`]));
  });
}
