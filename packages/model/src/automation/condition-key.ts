import type { AutomationCondition } from "./condition.ts";

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
    key = digest(canonicalText(condition));
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

/** 64 bits of FNV-1a, as two halves with different seeds: small enough to store with every node of every asset. */
function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
}
