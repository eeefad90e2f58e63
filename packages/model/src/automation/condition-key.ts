import type { AutomationCondition } from "./condition.ts";
import { digestText } from "./digest-text.ts";

const keys = new WeakMap<AutomationCondition, string>();

/** What does not change what a condition means to its memory: labels and which dependencies count. */
const NOT_IN_KEY: ReadonlySet<string> = new Set(["label", "allow", "ignore"]);

/**
 * A text that is equal for conditions of equal content, wherever they stand in a tree. What a condition remembers between
 * evaluations is kept under it, so that editing a tree elsewhere forgets nothing.
 */
export function conditionKey(condition: AutomationCondition): string {
  let key = keys.get(condition);
  if (key === undefined) {
    key = digestText(canonicalText(condition));
    keys.set(condition, key);
  }
  return key;
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([name, field]) => !NOT_IN_KEY.has(name) && field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${canonicalText(field)}`).join(",")}}`;
}
