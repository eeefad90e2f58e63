import type { KyselyPlugin } from "kysely";
import type { Db } from "../database/connect.ts";

/** For tests: the same database, which notes the SQL of each query in `texts`. */
export function watchQueries(db: Db): { readonly db: Db; readonly texts: string[] } {
  const texts: string[] = [];
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      texts.push(db.getExecutor().compileQuery(node, { queryId: "watched" }).sql);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), texts };
}
