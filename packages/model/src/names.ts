/** What can be named by the author of definitions. */
export const NAMED_THINGS = [
  "op",
  "job",
  "graph",
  "schedule",
  "sensor",
  "asset_name",
  "op_input",
  "op_output",
  "dynamic_mapping_key",
  "group",
  "pool",
  "asset_check",
] as const;
export type NamedThing = (typeof NAMED_THINGS)[number];

/**
 * Words that no op, job, asset, schedule, sensor, input or output may have as its name. Besides words of run config they
 * hold the keywords of Python: a definition keeps its name when its code moves to a Python code location.
 */
const RESERVED_NAMES: ReadonlySet<string> = new Set(
  [
    "context conf config meta arg_dict dict input_arg_dict output_arg_dict int str float bool input output type",
    "False None True and as assert async await break class continue def del elif else except finally for from global",
    "if import in is lambda nonlocal not or pass raise return try while with yield",
  ].flatMap((line) => line.split(" ")),
);

/** Whether this may name an op, a job, a schedule or a sensor: letters, digits and `_`, and not a reserved word. */
export function isDefinitionName(name: string): boolean {
  return /^\w+$/.test(name) && !RESERVED_NAMES.has(name);
}

/** Whether `name` may name a thing of this kind. `explainInvalidName` says why not. */
export function isValidName(thing: NamedThing, name: string): boolean {
  switch (thing) {
    case "op":
    case "job":
    case "graph":
    case "schedule":
    case "sensor":
    case "op_output":
    case "dynamic_mapping_key":
      return isDefinitionName(name);
    case "op_input": // Run config has no key of that name beside inputs, so `config` is free here.
      return name === "config" || isDefinitionName(name);
    case "asset_name": // One part of an asset key; `.` and `-` become `_` in the step's name.
      return isDefinitionName(name.replaceAll(/[.-]/g, "_"));
    case "group": // May be nested: `marketing/email`.
      return name.split("/").every((part) => /^\w+$/.test(part));
    case "pool":
      return !/\s/.test(name);
    case "asset_check":
      return true;
  }
}

/** A sentence that says what is wrong with a name and what is allowed, or null when the name is valid. */
export function explainInvalidName(thing: NamedThing, name: string): string | null {
  if (isValidName(thing, name)) return null;
  const what = `"${name}" is not a valid ${thing.replaceAll("_", " ")}`;
  if (RESERVED_NAMES.has(name)) return `${what}: the word is reserved`;
  switch (thing) {
    case "group":
      return `${what}: use letters, digits and "_", with "/" between nested groups`;
    case "pool":
      return `${what}: it must not contain spaces`;
    case "asset_name":
      return `${what}: use letters, digits, "_", "." and "-"`;
    default:
      return `${what}: use letters, digits and "_"`;
  }
}
