import { ExpectedError } from "../expected-error.ts";
import { parseCron } from "../time/cron-schedule.ts";
import { getTimeZone } from "../time/time-zone.ts";
import { PLAIN_OPERANDS, type AutomationCondition, type DepsSelection } from "./condition.ts";
import { checkDepsSelection } from "./counted-deps.ts";

/** A condition that is not one; `path` leads to the place inside it, as in `conditions.0.trigger`. */
export class InvalidAutomationCondition extends ExpectedError {
  readonly code = "invalid_automation_condition";
  readonly path: string;
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Invalid automation condition${path === "" ? "" : ` at ${path}`}: ${reason}`, options);
    this.path = path;
  }
}

/**
 * Reads a condition from untrusted data: the wire, the database, a user's module.
 *
 * @throws InvalidAutomationCondition
 */
export function parseAutomationCondition(value: unknown): AutomationCondition {
  return parse(value, []);
}

type Path = readonly (string | number)[];

function parse(value: unknown, path: Path): AutomationCondition {
  if (typeof value !== "object" || value === null) throw invalid(path, "a condition must be an object");
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const condition = parseFields(fields, path);
  return fields["label"] === undefined ? condition : { ...condition, label: text(fields, "label", path) };
}

function parseFields(fields: Readonly<Record<string, unknown>>, path: Path): AutomationCondition {
  const { op } = fields;
  const inner = (name: string): AutomationCondition => parse(fields[name], [...path, name]);
  const plain = PLAIN_OPERANDS.find((known) => known === op);
  if (plain) return { op: plain };
  switch (op) {
    case "and":
    case "or": {
      const conditions = list(fields, "conditions", path);
      return { op, conditions: conditions.map((each, i) => parse(each, [...path, "conditions", i])) };
    }
    case "not":
    case "newly_true":
    case "any_job_root_assets_match":
    case "all_job_root_assets_match":
      return { op, condition: inner("condition") };
    case "since":
      return { op, trigger: inner("trigger"), reset: inner("reset") };
    case "any_deps_match":
    case "all_deps_match":
      return {
        op,
        condition: inner("condition"),
        ...deps(fields, "allow", path),
        ...deps(fields, "ignore", path),
        ...(fields["throughVirtual"] === true ? { throughVirtual: true } : {}),
      };
    case "any_downstream_conditions":
      return { op };
    case "any_checks_match":
    case "all_checks_match":
      return { op, condition: inner("condition"), blockingOnly: fields["blockingOnly"] === true };
    case "asset_matches":
      return { op, asset: text(fields, "asset", path), condition: inner("condition") };
    case "cron_tick_passed":
      return parseCronTick(text(fields, "cron", path), text(fields, "timezone", path), path);
    case "in_latest_time_window": {
      const { lookbackSeconds } = fields;
      if (lookbackSeconds === undefined) return { op };
      if (typeof lookbackSeconds !== "number" || !(lookbackSeconds >= 0)) {
        throw invalid(path, "lookbackSeconds must be a number of seconds, 0 or more");
      }
      return { op, lookbackSeconds };
    }
    case "executed_with_tags":
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return { op, ...keys(fields, "tagKeys", path), ...tagValues(fields, path) };
    default:
      throw invalid(path, `unknown op ${JSON.stringify(op)}`);
  }
}

function parseCronTick(cron: string, timezone: string, path: Path): AutomationCondition {
  try {
    parseCron(cron);
    getTimeZone(timezone);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new InvalidAutomationCondition(path.join("."), error.message, { cause: error });
  }
  return { op: "cron_tick_passed", cron, timezone };
}

function text(fields: Readonly<Record<string, unknown>>, name: string, path: Path): string {
  const value = fields[name];
  if (typeof value !== "string") throw invalid(path, `${name} must be a text`);
  return value;
}

function list(fields: Readonly<Record<string, unknown>>, name: string, path: Path): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw invalid(path, `${name} must be a list`);
  return value;
}

function deps(
  fields: Readonly<Record<string, unknown>>,
  name: "allow" | "ignore",
  path: Path,
): { readonly [field in typeof name]?: DepsSelection } {
  const value = fields[name];
  if (typeof value !== "string") return keys(fields, name, path);
  try {
    checkDepsSelection(value);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new InvalidAutomationCondition([...path, name].join("."), error.message, { cause: error });
  }
  return { [name]: value };
}

function keys(
  fields: Readonly<Record<string, unknown>>,
  name: "allow" | "ignore" | "tagKeys",
  path: Path,
): { readonly [field in typeof name]?: readonly string[] } {
  if (fields[name] === undefined) return {};
  const values = list(fields, name, path).map((value) => {
    if (typeof value !== "string") throw invalid(path, `${name} must be a list of texts`);
    return value;
  });
  return { [name]: values };
}

function tagValues(
  fields: Readonly<Record<string, unknown>>,
  path: Path,
): { readonly tagValues?: Readonly<Record<string, string>> } {
  const value = fields["tagValues"];
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) throw invalid(path, "tagValues must be an object");
  const entries = Object.entries(value).map(([key, tag]): [string, string] => {
    if (typeof tag !== "string") throw invalid(path, `the tag "${key}" must be a text`);
    return [key, tag];
  });
  return { tagValues: Object.fromEntries(entries) };
}

function invalid(path: Path, reason: string): InvalidAutomationCondition {
  return new InvalidAutomationCondition(path.join("."), reason);
}
