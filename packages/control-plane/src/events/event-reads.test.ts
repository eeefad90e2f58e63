import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { listRunSteps } from "../runs/steps/step-store.ts";
import { findRun } from "../runs/run-store.ts";
import { countBuffers } from "../testing/count-buffers.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { listRunEvents } from "./event-store.ts";

test("the steps, the warnings and the rare events of a run are found among 100,000 log messages", async () => {
  const { db } = await createTestDatabase();
  const id = randomUUID();
  await sql`
    insert into run (id, deployment_id, location_name, job_name, status, event_count)
    values (${id}, ${TEST_DEPLOYMENT}, 'shop', 'hello', 'STARTED', 100000)`.execute(db);
  await sql`
    insert into run_event (run_id, position, attempt, sequence, deployment_id, type, step_key, level, message, happened_at, event)
    select ${id}, n, 1, n, ${TEST_DEPLOYMENT}, type, 'step_' || n / 5000, case when n % 20000 = 9 then 'ERROR' else 'INFO' end, 'x', now(),
      jsonb_build_object('type', type)
    from generate_series(0, 99999) n,
      lateral (select case n % 5000 when 0 then 'STEP_START' when 4999 then 'STEP_SUCCESS' else 'LOG' end as type) t`.execute(
    db,
  );
  await sql`analyze run_event`.execute(db);
  const run = await findRun(db, TEST_DEPLOYMENT, id);
  if (run === null) throw new Error("The run is gone");
  const read = (filter: Parameters<typeof listRunEvents>[2]) => listRunEvents(db, run, filter, -1, 100);

  expect(await listRunSteps(db, run)).toHaveLength(20);
  expect((await read({ levels: ["ERROR", "CRITICAL"] })).nodes).toHaveLength(5);
  expect((await read({ types: ["STEP_SUCCESS"] })).nodes).toHaveLength(20);
  expect((await read({ types: ["RUN_FAILURE"] })).nodes).toEqual([]);
  const few = 200;
  expect(await countBuffers(db, (watched) => listRunSteps(watched, run))).toBeLessThan(few);
  for (const filter of [
    { levels: ["ERROR"] },
    { levels: ["CRITICAL"] },
    { types: ["STEP_SUCCESS"] },
    { types: ["RUN_FAILURE"] },
  ])
    expect(await countBuffers(db, (watched) => listRunEvents(watched, run, filter, -1, 100))).toBeLessThan(
      few,
    );
});
