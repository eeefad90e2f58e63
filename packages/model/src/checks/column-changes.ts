import type { TableColumn } from "../metadata.ts";

/** How a column differs from what it was. */
export interface ColumnChange {
  readonly column: string;
  readonly change: "added" | "removed" | "type";
  /** Its type before; null for one that was added. */
  readonly before: string | null;
  /** Its type now; null for one that was removed. */
  readonly after: string | null;
}

/** What changed between the columns of a table then and now: by name, whatever their order. */
export function listColumnChanges(
  before: readonly TableColumn[],
  after: readonly TableColumn[],
): ColumnChange[] {
  const then = new Map(before.map(({ name, type }) => [name, type]));
  const now = new Map(after.map(({ name, type }) => [name, type]));
  const removed = [...then].flatMap(([column, type]): ColumnChange[] =>
    now.has(column) ? [] : [{ column, change: "removed", before: type, after: null }],
  );
  const others = [...now].flatMap(([column, type]): ColumnChange[] => {
    const earlier = then.get(column);
    if (earlier === undefined) return [{ column, change: "added", before: null, after: type }];
    return earlier === type ? [] : [{ column, change: "type", before: earlier, after: type }];
  });
  return [...removed, ...others];
}
