import { sql } from "kysely";
import type { Db } from "../packages/control-plane/src/database/connect.ts";
import { cpuSeconds } from "./processes.ts";

/** CPU milliseconds of one piece of work: in this process, and in the sessions that it has at PostgreSQL. The first five tries warm up. */
export async function measureCpu(
  db: Db,
  runs: number,
  work: () => Promise<unknown>,
): Promise<{ readonly server: number; readonly postgres: number }> {
  const ofDatabase = async (): Promise<number> => {
    const { rows } = await sql<{ pid: number }>`
      select pid from pg_stat_activity where application_name = 'millrace'`.execute(db);
    return cpuSeconds(rows.map(({ pid }) => pid));
  };
  for (let warm = 0; warm < 5; warm++) await work();
  const database = await ofDatabase();
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) await work();
  const { user, system } = process.cpuUsage(before);
  const perRun = (milliseconds: number) => Math.round((milliseconds / runs) * 10) / 10;
  return {
    server: perRun((user + system) / 1_000),
    postgres: perRun(((await ofDatabase()) - database) * 1_000),
  };
}
