import type { CompiledQuery, KyselyPlugin } from "kysely";
import type { Db } from "../database/connect.ts";

/** For tests: the same database, which notes each query. */
export function watchQueries(db: Db): { readonly db: Db; readonly queries: CompiledQuery[] } {
  const queries: CompiledQuery[] = [];
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      queries.push(db.getExecutor().compileQuery(node, { queryId: "watched" }));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), queries };
}
