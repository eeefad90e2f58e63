import { Kysely, PostgresDialect } from "kysely";
import type { PoolClient, QueryResult } from "pg";
import { systemClock } from "@millrace/model/time/clock";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { Topic } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { isOpening, queryOpened } from "../database/opened-query.ts";
import type { Database } from "../database/tables.gen.ts";
import type { SimulatedConnections } from "../testing/simulated-database.ts";
import type { Random } from "./random.ts";
import { TaskKilled, type Task, type Tasks } from "./tasks.ts";
import type { Timeline } from "./timeline.ts";

/** A statement that waits for its turn, or has had it and waits for a lock. */
interface Statement {
  readonly task: Task;
  readonly connection: Connection;
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly answer: PromiseWithResolvers<QueryResult>;
  outcome: Promise<Outcome> | null;
  /** What begins the transaction of which it is the first statement, none outside of one; null: others came before it. */
  begun: readonly string[] | null;
}

type Outcome =
  | { readonly ok: true; readonly result: QueryResult }
  | { readonly ok: false; readonly error: unknown };

/** A connection as Kysely sees it; it has one of the database only while it needs one. */
interface Connection {
  client: PoolClient | null;
  inTransaction: boolean;
  /** What begins its transaction, and is sent with the first statement of it. */
  opening: string[];
  /** Whether the connection of the database can't be used any more. */
  isOutdated: boolean;
}

/** Lets the statements of all tasks happen one at a time, in the order that chance has, also inside of transactions. */
export interface Turns {
  /** The database as one task uses it. */
  open(task: Task): Db;
  /** How many statements could have their turn. */
  readonly waiting: number;
  /** Whom a lock holds up, each with its statement. */
  listBlocked(): string[];
  /** Gives one statement its turn, and what waited for its locks too. */
  grant(random: Random): Promise<void>;
  /** What transactions that were committed since the last call have notified of, in their order. */
  takeHints(): Topic[];
  /** Breaks the connections of tasks that were killed: what they have not committed is undone. */
  dropKilled(): Promise<void>;
}

/** A statement that takes longer than this may wait for a lock; the database is asked. */
const PATIENCE_MS = 5;
/** The simulated process was killed while it spoke to the database; to the product it looks like a broken connection. */
class ConnectionLost extends Error {
  readonly code = "08006";
}

/**
 * @param connections to the simulated database; when everybody has been killed, they are free again.
 * @param timeline the time of transactions that begin.
 * @param onTurn told of each statement that was executed, for the trace: of whom, its text, and what came of it.
 */
export function createTurns(
  { pool, nameOf, noticesOf }: SimulatedConnections,
  tasks: Tasks,
  timeline: Pick<Timeline, "now">,
  onTurn: (task: string, text: string, outcome: string) => void,
): Turns {
  const ready: Statement[] = [];
  const blocked: Statement[] = [];
  /** Those that will have their turn again once somebody has let go of a lock. */
  const postponed: Statement[] = [];
  const ours = new Set<number>();
  /** Connections of the database that somebody has just now, and may hold locks. */
  const taken = new Set<PoolClient>();
  let hints: Topic[] = [];
  /** The instant that each connection was told last, if it has kept it. */
  const instants = new WeakMap<PoolClient, number>();

  async function query(
    task: Task,
    connection: Connection,
    text: string,
    parameters: readonly unknown[],
  ): Promise<QueryResult> {
    if (task.signal.aborted) {
      // What the database does by itself when a connection breaks. Nobody else has a turn meanwhile.
      if (text === "rollback" && connection.client !== null) return end(connection, text);
      throw new ConnectionLost(new TaskKilled(task.name).message);
    }
    const answer = Promise.withResolvers<QueryResult>();
    ready.push({ task, connection, text, parameters, answer, outcome: null, begun: null });
    return task.wait(answer.promise);
  }

  async function end(connection: Connection, text: string): Promise<QueryResult> {
    const { client } = connection;
    if (client === null) throw new Error("The connection is closed already");
    const result = await client.query(text);
    endTransaction(connection, false);
    return result;
  }

  function endTransaction(connection: Connection, isCommitted: boolean): void {
    const { client, isOutdated } = connection;
    if (client !== null) {
      const notices = noticesOf(client).splice(0);
      if (isCommitted) hints.push(...(notices as Topic[]));
      else instants.delete(client);
      taken.delete(client);
      client.release(isOutdated);
    }
    Object.assign(connection, closedConnection());
  }

  /** Whether the statement has come to its end; false: it waits for a lock that another of ours holds. */
  async function hasEnded(statement: Statement): Promise<boolean> {
    const ended = statement.outcome ?? Promise.resolve(null);
    const pid = pidOf(statement.connection.client);
    // Without anybody else, nobody holds it up.
    if (taken.size === 1) await ended;
    for (;;) {
      if ((await within(systemClock, PATIENCE_MS, ended)) !== TOO_LATE) return true;
      const { rows } = await pool.query<{ pids: number[] }>("select pg_blocking_pids($1) as pids", [pid]);
      if (rows[0]?.pids.some((holder) => ours.has(holder)) === true) return false;
    }
  }

  /**
   * Whether the statement waits behind another one that waits. Which of two gets a lock that is free again is up to how busy the
   * machine is, so only one of ours may stand in line for it.
   */
  async function isSecondInLine({ connection }: Statement): Promise<boolean> {
    const { rows } = await pool.query<{ pids: number[] }>("select pg_blocking_pids($1) as pids", [
      pidOf(connection.client),
    ]);
    return blocked.some((other) => rows[0]?.pids.includes(pidOf(other.connection.client)));
  }

  /** As if the statement, and with it its transaction, had not been sent yet. */
  async function postpone(statement: Statement, begun: readonly string[]): Promise<void> {
    const { connection } = statement;
    await pool.query("select pg_cancel_backend($1)", [pidOf(connection.client)]);
    await statement.outcome;
    if (begun.length > 0) await connection.client?.query("rollback");
    endTransaction(connection, false);
    Object.assign(connection, { opening: [...begun], inTransaction: begun.length > 0 });
    statement.outcome = null;
    postponed.push(statement);
  }

  async function execute(statement: Statement): Promise<void> {
    const { connection, text, parameters } = statement;
    statement.begun = connection.inTransaction && connection.opening.length === 0 ? null : connection.opening;
    const client = (connection.client ??= await pool.connect());
    ours.add(pidOf(client));
    taken.add(client);
    const name = parameters.length === 0 ? null : nameOf(text);
    const query = { text, values: [...parameters], ...(name === null ? {} : { name }) };
    const opening = openingOf(connection, client);
    const result = opening.length === 0 ? client.query(query) : queryOpened(client, opening, query);
    statement.outcome = result.then(
      (result): Outcome => ({ ok: true, result }),
      (error: unknown): Outcome => {
        // Whether the named one of statements that went together was parsed, nobody knows.
        connection.isOutdated ||= opening.length > 0 && name !== null;
        return { ok: false, error };
      },
    );
  }

  /** What goes before the first statement of a transaction: its instant, and what begins it. */
  function openingOf(connection: Connection, client: PoolClient): string[] {
    const { opening, inTransaction } = connection;
    const isFirst = !inTransaction || opening.length > 0;
    const now = timeline.now();
    connection.opening = [];
    if (!isFirst || instants.get(client) === now) return opening;
    instants.set(client, now);
    return [`set simulation.instant = '${new Date(now).toISOString()}'`, ...opening];
  }

  /** The connection is in a transaction from now on; the database hears of it with what comes next. */
  async function open({ connection, text, task, answer }: Statement): Promise<void> {
    connection.opening.push(text);
    connection.inTransaction = true;
    onTurn(task.name, text, "BEGIN 0");
    answer.resolve({ command: "BEGIN", rowCount: 0, oid: 0, fields: [], rows: [] });
    await tasks.untilIdle();
  }

  /** Tells the task what came of its statement, and waits until it has made of it what it can. */
  async function deliver(statement: Statement): Promise<boolean> {
    const { connection, text, task, answer } = statement;
    const outcome = (await statement.outcome) ?? { ok: false, error: new Error("It was never executed") };
    if (text === "commit" || text === "rollback") connection.inTransaction = false;
    const hasReleased = !connection.inTransaction;
    if (hasReleased) endTransaction(connection, outcome.ok && text !== "rollback");
    onTurn(task.name, text, describe(outcome));
    if (outcome.ok) answer.resolve(outcome.result);
    else answer.reject(outcome.error);
    await tasks.untilIdle();
    return hasReleased;
  }

  /** Locks were released: statements that have got theirs meanwhile go on, in the order in which they waited. */
  async function resumeBlocked(): Promise<void> {
    for (let index = 0; index < blocked.length;) {
      const statement = blocked[index];
      if (statement === undefined || !(await hasEnded(statement))) {
        index++;
        continue;
      }
      blocked.splice(index, 1);
      if (await deliver(statement)) index = 0;
    }
    ready.push(...postponed.splice(0));
  }

  return {
    open(task) {
      const connect = () => {
        const connection = closedConnection();
        return Promise.resolve({
          query: (text: string, parameters: readonly unknown[] = []) =>
            query(task, connection, text, parameters),
          release: () => endTransaction(connection, false),
        });
      };
      const postgres = { connect, end: () => Promise.resolve(), options: {} };
      return new Kysely<Database>({ dialect: new PostgresDialect({ pool: postgres as never }) });
    },
    get waiting() {
      return ready.length;
    },
    listBlocked: () => [...blocked, ...postponed].map(({ task, text }) => `${task.name}: ${text}`),
    async grant(random) {
      // In an order of their own: that of arrival may hang on how quick this machine is.
      ready.sort((one, other) => (one.task.name < other.task.name ? -1 : 1));
      const statement = random.pick(ready);
      ready.splice(ready.indexOf(statement), 1);
      if (isOpening(statement.text)) return open(statement);
      await execute(statement);
      if (await hasEnded(statement)) {
        if (await deliver(statement)) await resumeBlocked();
      } else if (statement.begun !== null && (await isSecondInLine(statement))) {
        await postpone(statement, statement.begun);
      } else blocked.push(statement);
    },
    takeHints() {
      const taken = hints;
      hints = [];
      return taken;
    },
    async dropKilled() {
      const killed = [...ready, ...blocked, ...postponed].filter(({ task }) => task.signal.aborted);
      // Nobody has let go of a lock since the last turn.
      if (killed.length === 0) return;
      ready.push(...postponed.splice(0));
      for (const statement of ready.filter(({ task }) => task.signal.aborted)) {
        ready.splice(ready.indexOf(statement), 1);
        statement.answer.reject(new ConnectionLost(new TaskKilled(statement.task.name).message));
      }
      for (const statement of blocked.filter(({ task }) => task.signal.aborted)) {
        blocked.splice(blocked.indexOf(statement), 1);
        await pool.query("select pg_cancel_backend($1)", [pidOf(statement.connection.client)]);
        await deliver(statement);
      }
      await tasks.untilIdle();
      await resumeBlocked();
    },
  };
}

function closedConnection(): Connection {
  return { client: null, inTransaction: false, opening: [], isOutdated: false };
}

/** The number of the database's process that serves a connection; `pg` has it and does not say so. */
function pidOf(client: PoolClient | null): number {
  return client !== null && "processID" in client ? Number(client.processID) : -1;
}

function describe(outcome: Outcome): string {
  if (outcome.ok) return `${outcome.result.command} ${outcome.result.rowCount ?? 0}`;
  const { error } = outcome;
  return `error ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`;
}
