import { Query, type Connection, type PoolClient, type QueryConfig, type QueryResult } from "pg";

/** Begins a transaction, or sets what holds in one: a statement whose answer nobody needs. */
const OPENING = /^(?:begin$|start transaction\b|set local )/;

/** Whether a statement can wait for the next one, to be sent with it. */
export function isOpening(text: string): boolean {
  return OPENING.test(text);
}

/**
 * Sends a statement behind others that open its transaction, all in one message: it saves the way there and back of `begin`. The
 * database passes over everything behind one that fails, so the statement never happens outside of its transaction.
 *
 * @returns the result of the statement.
 */
export function queryOpened(
  client: PoolClient,
  opening: readonly string[],
  config: QueryConfig,
): Promise<QueryResult> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
  const query = new OpenedQuery(opening, config, (error, results) => {
    const result = results?.at(-1);
    if (result === undefined) reject(error ?? new Error("The database answered without a result"));
    else resolve(result);
  });
  client.query(query);
  return promise;
}

class OpenedQuery extends Query {
  constructor(
    opening: readonly string[],
    config: QueryConfig,
    callback: (error: Error | undefined, results: readonly QueryResult[] | undefined) => void,
  ) {
    super({ ...config, queryMode: "extended" } as QueryConfig, callback as never);
    const { submit } = this;
    this.submit = (connection: Connection) => {
      connection.stream.cork();
      for (const text of opening) {
        connection.parse({ name: "", text, types: [] }, true);
        connection.bind({}, true);
        connection.execute({}, true);
      }
      const refused = submit.call(this, connection);
      connection.stream.uncork();
      return refused;
    };
  }
}
