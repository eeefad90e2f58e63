import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { watchQueries } from "./watch-queries.ts";

/** For tests: how many pages of the database the queries of `work` read, in memory or not, when each runs once more. */
export async function countBuffers(db: Db, work: (db: Db) => Promise<unknown>): Promise<number> {
  const watched = watchQueries(db);
  await work(watched.db);
  let buffers = 0;
  for (const { sql: text, parameters } of watched.queries) {
    const [before = "", ...rest] = `explain (analyze, buffers, format json) ${text}`.split(/\$\d+/);
    const explain = rest.reduce(
      (built, part, i) => sql`${built}${sql.val(parameters[i])}${sql.raw(part)}`,
      sql`${sql.raw(before)}`,
    );
    const { rows } = await sql<Explained>`${explain}`.execute(db);
    const plan = rows[0]?.["QUERY PLAN"][0].Plan;
    buffers += (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0);
  }
  return buffers;
}

interface Explained {
  readonly "QUERY PLAN": readonly [
    { readonly Plan: { readonly "Shared Hit Blocks": number; readonly "Shared Read Blocks": number } },
  ];
}
