import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { countBuffers } from "../testing/count-buffers.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchInput, launchTestRun, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { listRuns } from "./list-runs.ts";
import type { RunFilter } from "./run-filter.ts";

const { db } = await createTestDatabase();

describe("the filters", async () => {
  await serveLocation(db, "shop", SHOP);
  const launch = async (change: Parameters<typeof launchInput>[0]) =>
    (await launchTestRun(db, TEST_DEPLOYMENT, launchInput(change))).id;
  const hello = await launch({ tags: { team: "core" } });
  const orders = await launch({ jobName: null, assetSelection: ["orders"] });
  const sales = await launch({ jobName: "sales_job", tags: { once: "yes" } });
  const canceled = await launch({ tags: { team: "core" } });
  await sql`update run set status = 'CANCELED' where id = ${canceled}`.execute(db);
  await sql`update run set partition_key = 'mon' where id = ${hello}`.execute(db);
  await sql`update run set partition_keys = '{mon,tue}' where id = ${canceled}`.execute(db);
  const found = async (filter: RunFilter, after: string | null = null, limit = 10) =>
    (await listRuns(db, TEST_DEPLOYMENT, filter, after, limit)).nodes.map(({ id }) => id);

  test.each<[RunFilter, string[]]>([
    [{}, [canceled, sales, orders, hello]],
    [{ assetKey: "orders" }, [sales, orders]],
    // Text is text: not a list of PostgreSQL's, nor anything else.
    [{ assetKey: "{orders}" }, []],
    [{ assetKey: "nope" }, []],
    [{ statuses: ["CANCELED"] }, [canceled]],
    [{ statuses: ["QUEUED", "CANCELED"] }, [canceled, sales, orders, hello]],
    [{ statuses: [] }, []],
    [{ jobName: "hello" }, [canceled, hello]],
    [{ jobName: "hello", statuses: ["QUEUED"] }, [hello]],
    [{ tags: [{ key: "team", value: "core" }] }, [canceled, hello]],
    [
      {
        tags: [
          { key: "team", value: "sales" },
          { key: "once", value: "yes" },
        ],
      },
      [sales],
    ],
    [{ tags: [{ key: "team", value: "core" }], statuses: ["CANCELED"] }, [canceled]],
    [{ assetKey: "orders", tags: [{ key: "team", value: "sales" }], jobName: "sales_job" }, [sales]],
    [{ assetKey: "orders", jobName: "hello" }, []],
    [{ partitionKey: "mon" }, [canceled, hello]],
    [{ partitionKey: "tue" }, [canceled]],
    [{ partitionKey: "mon", statuses: ["QUEUED"] }, [hello]],
    [{ createdBefore: new Date(0) }, []],
    [{ jobName: "hello", createdAfter: new Date(0) }, [canceled, hello]],
  ])("%j", async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  test("pages go on after a run, whether one condition counts or several", async () => {
    expect(await found({}, canceled, 2)).toEqual([sales, orders]);
    expect(await found({ jobName: "hello" }, canceled)).toEqual([hello]);
    const both = { assetKey: "orders", statuses: ["QUEUED"] } satisfies RunFilter;
    expect(await listRuns(db, TEST_DEPLOYMENT, both, null, 1)).toMatchObject({
      nodes: [{ id: sales }],
      hasMore: true,
    });
    expect(await listRuns(db, TEST_DEPLOYMENT, both, sales, 1)).toMatchObject({
      nodes: [{ id: orders }],
      hasMore: false,
    });
    expect(await found({}, "no-id")).toEqual([]);
  });
});

describe("on 200,000 runs", async () => {
  const { db: large } = await createTestDatabase();
  // Most succeed; of a hundred one fails, and five hundred runs of `nightly` in the middle were canceled; neither `orders` nor `core` ever fails, and no run has both.
  await large.transaction().execute(async (trx) => {
    // Foreign keys are not checked row by row.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`
      insert into run (id, deployment_id, location_name, job_name, status, created_at, partition_key, asset_keys)
      select md5(n::text)::uuid, 'default', 'shop', case n % 10 when 0 then 'nightly' else 'job_' || n % 7 end,
        case when n > 199950 then 'STARTED' when n % 10 = 0 and n between 90000 and 95000 then 'CANCELED'
          when n % 100 = 3 then 'FAILURE' else 'SUCCESS' end,
        now() - make_interval(secs => 200000 - n), case when n % 4 <> 1 then 'p' || n % 1000 end, array['table_' || n % 500] || case when n % 4 = 0 then array['orders'] else '{}' end
      from generate_series(1, 200000) n`.execute(trx);
    await sql`
      insert into run_asset (deployment_id, asset_key, run_id, created_at)
      select deployment_id, key, id, created_at from run, unnest(asset_keys) key`.execute(trx);
    await sql`
      insert into run_tag (deployment_id, run_id, key, value, created_at)
      select 'default', md5(n::text)::uuid, key, value, now() - make_interval(secs => 200000 - n)
      from generate_series(1, 200000) n, lateral (values ('team', case when n % 4 = 1 then 'core' else 'sales' end),
        ('customer', 'c' || n % 2000), ('era', case when n < 60000 then 'old' else 'new' end)) tag (key, value)`.execute(
      trx,
    );
  });
  await vacuum();

  const ACTIVE = ["QUEUED", "STARTING", "STARTED", "CANCELING"] as const;
  const single: Readonly<Record<string, readonly RunFilter[]>> = {
    status: [
      { statuses: ACTIVE },
      { statuses: ["FAILURE"] },
      { statuses: ["SUCCESS"] },
      { statuses: ["CANCELED"] },
      { statuses: ["QUEUED"] },
    ],
    job: [{ jobName: "nightly" }, { jobName: "job_3" }, { jobName: "nope" }],
    asset: [{ assetKey: "orders" }, { assetKey: "table_7" }, { assetKey: "nope" }],
    tag: ["team:core", "customer:c9", "era:old", "era:nope"].map((text) => {
      const [key = "", value = ""] = text.split(":");
      return { tags: [{ key, value }] };
    }),
    partition: [{ partitionKey: "p7" }, { partitionKey: "nope" }],
    time: [
      { createdBefore: new Date(Date.now() - 150_000_000) },
      { createdAfter: new Date(Date.now() - 1_000_000) },
    ],
  };
  const groups = Object.values(single);
  const pairs = groups.flatMap((filters, i) =>
    groups.slice(i + 1).flatMap((others) => filters.flatMap((a) => others.map((b) => ({ ...a, ...b })))),
  );
  const filters: RunFilter[] = [{}, ...groups.flat(), ...pairs];

  test("every filter, alone and in pairs, reads at most 2,000 pages of the database", async () => {
    const costs: { readonly filter: RunFilter; readonly buffers: number }[] = [];
    for (const filter of filters) {
      const buffers = await countBuffers(large, (watched) =>
        listRuns(watched, TEST_DEPLOYMENT, filter, null, 50),
      );
      costs.push({ filter, buffers });
    }

    expect(costs.length).toBeGreaterThan(100);
    expect(costs.filter(({ buffers }) => buffers > 2_000)).toEqual([]);
  });

  test("what the first runs do not show is found behind them", async () => {
    const page = await listRuns(
      large,
      TEST_DEPLOYMENT,
      { statuses: ["CANCELED"], assetKey: "orders" },
      null,
      50,
    );
    expect(page.nodes.map(({ status, assetKeys }) => [status, assetKeys.includes("orders")])).toEqual(
      Array.from({ length: 50 }, () => ["CANCELED", true]),
    );
    expect(page.hasMore).toBe(true);
  });

  /** Marks all pages as visible to all, which takes until the log is written and nobody has a snapshot from before. */
  async function vacuum(): Promise<void> {
    for (let hidden = true; hidden;) {
      await sql`vacuum (analyze) run, run_asset, run_tag`.execute(large);
      const { rows } = await sql<{ hidden: boolean }>`
        select bool_or(relallvisible < relpages) as hidden from pg_class where relname in ('run', 'run_asset', 'run_tag')`.execute(
        large,
      );
      hidden = rows[0]?.hidden ?? false;
    }
  }
});
