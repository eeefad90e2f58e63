import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { connect, type Db } from "../packages/control-plane/src/database/connect.ts";
import { startEmbeddedPostgres } from "../packages/control-plane/src/database/embedded/embedded-postgres.ts";
import { startServer } from "../packages/control-plane/src/server.ts";
import { serveLocation } from "../packages/control-plane/src/testing/test-runs.ts";
import type { Bench } from "./bench.ts";
import { measureCpu } from "./measure-cpu.ts";

const SIZES = [1_000, 100_000, 1_000_000];
const HOUR = 3_600_000;
const DOCUMENTS = readFileSync(
  join(import.meta.dirname, "../packages/web/src/assets/assets.graphql"),
  "utf8",
);

/**
 * An asset of hourly partitions, nearly all materialized, as the page asks for it.
 *
 * - `first_look_ms`: wall time of the first question after its set had to be made, as after a change of its definition.
 * - `asset_page`, `partitions_tab`, `failed_ones`: CPU milliseconds of one question, in this process (server and client in one) and
 *   in PostgreSQL; `partitions_tab` asks for the newest 400 with what they are stale for.
 */
export const bench: Bench = async function* ({ runs }) {
  const home = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const logger = pino({ level: "error" });
  const postgres = await startEmbeddedPostgres({ home, logger });
  const server = await startServer({ host: "127.0.0.1", port: 0, home, databaseUrl: postgres.url, logger });
  const db = connect(postgres.url);
  try {
    const end = Math.floor(Date.now() / HOUR) * HOUR;
    const startOf = (size: number) => new Date(end - size * HOUR).toISOString().slice(0, 16);
    await serve(
      db,
      SIZES.map((size) => ({ key: `hours_${size}`, start: startOf(size) })),
    );
    for (const size of SIZES) {
      const key = `hours_${size}`;
      await fill(db, key, startOf(size), size);
      const startedAt = performance.now();
      const first = await ask(server.url, "Asset", { key });
      const firstLook = performance.now() - startedAt;
      const measure = (name: string, variables: object) =>
        measureCpu(db, runs, () => ask(server.url, name, { key, ...variables }));
      yield {
        bench: "partitions",
        system: "millrace",
        partitions: size,
        counts: first["asset"].partitions,
        first_look_ms: Math.round(firstLook),
        asset_page: await measure("Asset", {}),
        partitions_tab: await measure("AssetPartitions", { limit: 400 }),
        failed_ones: await measure("AssetPartitions", { limit: 400, state: "failed" }),
      };
    }
  } finally {
    await db.destroy();
    await server.close();
    await postgres.close();
    rmSync(home, { recursive: true, force: true });
  }
};

async function serve(
  db: Db,
  assets: readonly { readonly key: string; readonly start: string }[],
): Promise<void> {
  await serveLocation(db, "bench", {
    assets: assets.map(({ key, start }) => ({
      key,
      executable: true,
      stepKey: key,
      partitions: { json: JSON.stringify({ type: "hourly", start }) },
    })),
  });
}

/** All partitions materialized but one in a thousand; of these every second failed. */
async function fill(db: Db, key: string, start: string, size: number): Promise<void> {
  await sql`
    with a as (insert into asset (deployment_id, key) values ('default', ${key}) returning id)
    insert into asset_partition_state (asset_id, partition_key, deployment_id, last_materialized_at, last_failed_at)
    select a.id, to_char(${start}::timestamp + make_interval(hours => n), 'YYYY-MM-DD-HH24:00'), 'default',
      case when n % 1000 <> 7 then now() end, case when n % 2000 = 7 then now() end
    from a, generate_series(0, ${size - 1}::integer) n where n % 1000 <> 7 or n % 2000 = 7`.execute(db);
  await sql`vacuum analyze asset_partition_state`.execute(db);
}

interface Answer {
  readonly asset: { readonly partitions: object };
}

async function ask(url: string, name: string, variables: object): Promise<Answer> {
  const query = new RegExp(`query ${name}\\b[\\s\\S]*?\\n}\\n`).exec(DOCUMENTS)?.[0];
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { readonly data: Answer; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
