import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputContext } from "../io/io-manager.ts";
import { parquetFile, type ParquetFile } from "../io/parquet-file.ts";
import { conditionOf, type NewRows } from "./replace-rows.ts";
import { InvalidTableValue } from "./table-errors.ts";
import { quoteName, quoteTable, type ParquetSql, type TableTransaction } from "./table-store.ts";
import type { TableTarget } from "./table-target.ts";

/** @throws InvalidTableValue when the database does not read and write Parquet files */
export function requireParquet(parquet: ParquetSql | null, { assetKey }: TableTarget): ParquetSql {
  if (parquet) return parquet;
  throw new InvalidTableValue(
    `The value of asset "${assetKey}" is a Parquet file, which its database does not read: return a stream of its rows`,
  );
}

/** The rows of a Parquet file, which the database reads itself: they are never in JavaScript. */
export async function openParquet(
  transaction: TableTransaction,
  parquet: ParquetSql,
  target: TableTarget,
  { path }: ParquetFile,
): Promise<NewRows> {
  const file = parquet.read(path);
  const described = await transaction.query(`describe select * from ${file}`);
  const types = described.map((column) => ({
    name: String(column["column_name"]),
    type: String(column["column_type"]),
  }));
  const [counted] = await transaction.query(`select count(*) as rows from ${file}`);
  const count = Number(counted?.["rows"] ?? 0);
  const names = types.map(({ name }) => quoteName(name)).join(", ");
  const table = quoteTable(target.table);
  return {
    shape: "parquet",
    types,
    columns: [],
    isEmpty: count === 0,
    count: () => count,
    async insert(inserting, _table, inside) {
      await inserting.query(`insert into ${table} (${names}) select ${names} from ${file}`);
      if (inside === null) return 0;
      // As with any rows: the transaction has just emptied the partition.
      const [found] = await inserting.query(
        `select count(*) as inside from ${table} where ${inside.sql}`,
        inside.values,
      );
      return count - Number(found?.["inside"] ?? 0);
    },
  };
}

/** Has the database write rows into a Parquet file, which is there as long as the step runs. */
export async function exportParquet(
  transaction: TableTransaction,
  parquet: ParquetSql,
  target: TableTarget,
  { atEnd }: Pick<InputContext, "atEnd">,
): Promise<ParquetFile> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-parquet-"));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "rows.parquet");
  const condition = await conditionOf(transaction, target);
  const where = condition === null ? "" : ` where ${condition.literal}`;
  await transaction.query(parquet.write(`select * from ${quoteTable(target.table)}${where}`, path));
  return parquetFile(path);
}
