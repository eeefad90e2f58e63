import { DuckDBDataChunk, type DuckDBConnection } from "@duckdb/node-api";
import {
  cellOf,
  InvalidTableValue,
  quoteName,
  UnstorableValue,
  type FilledColumn,
  type RowBatch,
  type TableRow,
} from "millrace/tables";
import { castStaged, stagedTypes, toStaged } from "./duckdb-values.ts";

/** The temporary table that rows to insert pass through; a connection's own. */
const STAGE = "millrace_stage";
/** Rows that the stage holds at most, about as many as the database writes to disk at once. */
const STAGE_ROWS = 122_880;
/** Rows of a chunk of the database's own. */
const CHUNK_ROWS = 2_048;

/**
 * Inserts rows through a stage, in which each has the type of its values, so that the database casts them to those of the
 * table.
 *
 * @returns How many.
 */
export async function insertStaged(
  connection: DuckDBConnection,
  table: string,
  what: string,
  columns: readonly FilledColumn[],
  batches: AsyncIterable<RowBatch>,
): Promise<number> {
  let inserted = 0;
  let stage: Stage | null = null;
  const empty = async (): Promise<void> => {
    if (stage) await stage.empty();
    stage = null;
  };
  for await (const batch of batches) {
    if (columns.length === 0) {
      await insertDefaults(connection, table, batch.rows.length);
    } else {
      if (stage && (stage.rowCount >= STAGE_ROWS || !haveEqualKinds(stage.columns, batch.columns)))
        await empty();
      stage ??= await openStage(connection, table, what, batch.columns, batch.offset);
      stage.add(batch.rows);
    }
    inserted += batch.rows.length;
  }
  await empty();
  return inserted;
}

interface Stage {
  readonly columns: readonly FilledColumn[];
  readonly rowCount: number;
  add(rows: readonly TableRow[]): void;
  /** Moves its rows to the table, and ends it. */
  empty(): Promise<void>;
}

async function openStage(
  connection: DuckDBConnection,
  table: string,
  what: string,
  columns: readonly FilledColumn[],
  offset: number,
): Promise<Stage> {
  const types = columns.map(({ kind }) => stagedTypes[kind]);
  const staged = types.map((type, index) => `c${index} ${type.toString()}`).join(", ");
  await connection.run(`create or replace temporary table ${STAGE} (${staged})`);
  const appender = await connection.createAppender(STAGE);
  let rowCount = 0;
  const addChunk = (rows: readonly TableRow[]): void => {
    const chunk = DuckDBDataChunk.create(types, rows.length);
    for (const [index, column] of columns.entries()) {
      chunk.setColumnValues(
        index,
        rows.map((row, place) => stageCell(what, row, column, offset + rowCount + place)),
      );
    }
    appender.appendDataChunk(chunk);
    rowCount += rows.length;
  };
  return {
    columns,
    get rowCount() {
      return rowCount;
    },
    add(rows) {
      for (let from = 0; from < rows.length; from += CHUNK_ROWS)
        addChunk(rows.slice(from, from + CHUNK_ROWS));
    },
    async empty() {
      appender.closeSync();
      const names = columns.map((column) => quoteName(column.name)).join(", ");
      const values = columns.map((column, index) => castStaged(`c${index}`, column, offset)).join(", ");
      await connection.run(`insert into ${table} (${names}) select ${values} from ${STAGE}`);
      await connection.run(`drop table ${STAGE}`);
    },
  };
}

function stageCell(
  what: string,
  row: TableRow,
  column: FilledColumn,
  index: number,
): ReturnType<typeof toStaged> {
  try {
    return toStaged(cellOf(row, column), column);
  } catch (error) {
    if (!(error instanceof UnstorableValue)) throw error;
    throw new InvalidTableValue(
      `${what}: no column can hold ${error.message}, as in "${column.spellings[0] ?? column.name}" of row ${index}`,
      { cause: error },
    );
  }
}

function haveEqualKinds(some: readonly FilledColumn[], others: readonly FilledColumn[]): boolean {
  return some.every(({ kind }, index) => kind === others[index]?.kind);
}

/** Rows that name no column of the table. */
async function insertDefaults(connection: DuckDBConnection, table: string, count: number): Promise<void> {
  for (let row = 0; row < count; row++) await connection.run(`insert into ${table} default values`);
}
