import { sql, type RawBuilder } from "kysely";

/**
 * In statements on `deployment d`: a setting of seconds. A stored value that is no number of seconds counts as if it were not set: it
 * must not fail a statement for every run.
 *
 * @param fallback where it is not set; null: there is no limit then.
 */
export function settingSeconds(name: string, fallback: number | null): RawBuilder<number | null> {
  const stored = sql`d.settings -> ${sql.lit(name)}`;
  return sql`(case when jsonb_typeof(${stored}) = 'number' and ${stored} >= '0' then (${stored})::float8
    else ${fallback}::float8 end)`;
}
