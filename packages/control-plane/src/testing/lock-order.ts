import type { PostgresPool, PostgresPoolClient } from "kysely";

/**
 * The order in which a transaction locks rows that are there already, by table: who holds rows of one waits only for rows of those
 * behind it, so nobody ever waits in a circle. A table that is locked together with others has its place here.
 */
export const LOCK_ORDER: readonly string[] = [
  "daemon_lease",
  "automation_state",
  "automation_cursor",
  "automation_evaluation",
  "automation_trees",
  "automation_touch",
  "feed_cursor",
  "run_feed",
  "run_change",
  "backfill",
  "backfill_target",
  "code_location",
  "location_version",
  "work_item",
  "instigator",
  "tick",
  "tick_evaluation",
  "run",
  "run_attempt",
  "pool_slot",
  "run_event",
  "bulk_operation",
  "dynamic_partition",
  "asset",
  "run_asset",
  "asset_partition_state",
  "asset_partition_set",
  "asset_partition_chunk",
  "asset_stale_set",
  "asset_stale_chunk",
  "asset_stale_mark",
  "asset_former_key",
  "asset_event",
  "asset_check_evaluation",
  "asset_check_failure",
  "asset_freshness",
  "asset_freshness_change",
  "log_sweep",
];

/** Tables whose rows are only written by who holds the row of their asset: nobody else waits for them, in whatever order. */
const PARTS_OF_ASSET = new Set([
  "asset_partition_set",
  "asset_partition_chunk",
  "asset_former_key",
  "asset_event",
  "asset_check_evaluation",
  "asset_check_failure",
]);

/** For tests: the pool, with `onViolation` told of each transaction that locks rows in another order. */
export function watchLockOrder(pool: PostgresPool, onViolation: (violation: string) => void): PostgresPool {
  const watched = new WeakMap<PostgresPoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const known = watched.get(client) ?? watchClient(client, onViolation);
      watched.set(client, known);
      return known;
    },
  };
}

function watchClient(
  client: PostgresPoolClient,
  onViolation: (violation: string) => void,
): PostgresPoolClient {
  let locked: string[] | null = null; // outside of a transaction each statement has its own

  function watch(text: string): void {
    const statement = text.trim().toLowerCase();
    if (/^(?:begin|start transaction)\b/.test(statement)) locked = [];
    else if (/^(?:commit|rollback(?! to))\b/.test(statement)) locked = null;
    const held = locked ?? [];
    for (const table of listLockedTables(statement)) {
      if (held.includes(table) || (PARTS_OF_ASSET.has(table) && held.includes("asset"))) continue;
      const violation = findViolation(held, table);
      if (violation !== null) onViolation(`${violation}: ${statement.replaceAll(/\s+/g, " ").slice(0, 300)}`);
      held.push(table);
    }
  }

  return Object.assign(Object.create(client) as PostgresPoolClient, {
    query(text: string, values: readonly unknown[]) {
      watch(text);
      return client.query(text, values);
    },
  });
}

/** What is wrong with locking a table behind those that are held; null: nothing. */
function findViolation(held: readonly string[], table: string): string | null {
  if (held.length === 0) return null;
  const homeless = [...held, table].find((name) => !LOCK_ORDER.includes(name));
  if (homeless !== undefined) return `${homeless} has no place in LOCK_ORDER`;
  const later = held.find((name) => LOCK_ORDER.indexOf(name) > LOCK_ORDER.indexOf(table));
  return later === undefined ? null : `${table} is locked after ${later}`;
}

const LOCKING =
  /\binsert into "?(?<inserted>\w+)"?|\bdo (?<upsert>update)\b|(?<!\bdo |\bfor |\bkey )\bupdate "?(?<updated>\w+)"?|\bdelete from "?(?<deleted>\w+)"?|\bfrom "?(?<source>\w+)"?|\bfor (?:no key )?update(?: of (?<aliases>[\w", ]+?))?(?<skips> skip locked)?(?=\s*(?:\)|$))/g;
const NAMED = /\b(?:from|join) "?(\w+)"?(?: as)? "?(?!where\b|join\b|order\b|on\b|set\b|limit\b)(\w+)"?/g;

/**
 * Tables of which a statement locks rows that were there before, in the order of its text. Rows that are passed over when somebody
 * else has them are not waited for; the keys that foreign keys hold keep nobody waiting, since nothing here changes a key.
 */
export function listLockedTables(statement: string): string[] {
  if (/\b(?:create|alter|drop) table\b/.test(statement)) return [];
  const text = statement.replaceAll(/\s+/g, " ");
  const aliases = new Map<string, string>();
  for (const [, table = "", alias = ""] of text.matchAll(NAMED)) aliases.set(alias, table);
  const found = [...text.matchAll(LOCKING)].map(({ groups = {} }) => groups);
  const tables: string[] = [];
  const taken = new Set<string>();
  let inserted = "";
  let source = "";
  for (const { inserted: into, source: from, upsert, updated, deleted, aliases: names, skips } of found) {
    if (into !== undefined) inserted = into;
    else if (from !== undefined) source = from;
    else if (upsert !== undefined) tables.push(inserted);
    else if (updated !== undefined || deleted !== undefined) tables.push(updated ?? deleted ?? "");
    else
      for (const name of names?.split(",").map((word) => word.trim().replaceAll('"', "")) ?? [source]) {
        const table = aliases.get(name) ?? name;
        if (skips === undefined) tables.push(table);
        else taken.add(table);
      }
  }
  return tables.filter((table) => !taken.has(table));
}
