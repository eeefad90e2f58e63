import type { AutomationCursor } from "./cursor.ts";

/**
 * What targets remember, under the names that assets have now: an asset that was renamed goes on from where it was, and so do
 * conditions that remember something of it. A name that is remembered under its new key already keeps what stands there.
 *
 * @param cursors by target name.
 * @param renamed keys of today by former ones.
 */
export function renameCursors(
  cursors: ReadonlyMap<string, AutomationCursor>,
  renamed: ReadonlyMap<string, string>,
): ReadonlyMap<string, AutomationCursor> {
  if (renamed.size === 0) return cursors;
  const result = new Map<string, AutomationCursor>();
  for (const [name, cursor] of cursors) {
    const today = renameTarget(name, renamed);
    if (today === name || !cursors.has(today)) result.set(today, renameMemory(cursor, renamed));
  }
  return result;
}

/** The name that a target has now; `asset` and `asset:check` alike. */
export function renameTarget(name: string, renamed: ReadonlyMap<string, string>): string {
  const whole = renamed.get(name);
  if (whole !== undefined) return whole;
  const colon = name.indexOf(":");
  const asset = colon < 0 ? undefined : renamed.get(name.slice(0, colon));
  return asset === undefined ? name : asset + name.slice(colon);
}

function renameMemory(cursor: AutomationCursor, renamed: ReadonlyMap<string, string>): AutomationCursor {
  const memory = Object.entries(cursor.memory).map(([key, subset]) => {
    // As `memoryKey` writes it: which condition, of which target.
    const at = key.indexOf("@");
    return [key.slice(0, at + 1) + renameTarget(key.slice(at + 1), renamed), subset] as const;
  });
  const codeVersions = Object.entries(cursor.codeVersions).map(
    ([key, version]) => [renamed.get(key) ?? key, version] as const,
  );
  return {
    ...cursor,
    memory: Object.fromEntries(memory),
    codeVersions: Object.fromEntries(codeVersions),
    rest: null,
  };
}
