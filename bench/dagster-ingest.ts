import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentilesOf } from "./percentiles.ts";
import { installDagster } from "./dagster-peer.ts";

const EVENTS = 5_000;
/** One process that stores events one by one, as the process of a run does. Prints seconds for each of them, and what the storage grew by. */
const SCRIPT = `
import json, os, time, uuid
from dagster import DagsterInstance, DagsterRun
from dagster._core.events.log import EventLogEntry

def size():
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(os.environ["DAGSTER_HOME"]) for name in names)

with DagsterInstance.get() as instance:
    run_id = str(uuid.uuid4())
    instance.add_run(DagsterRun(job_name="one_op", run_id=run_id))
    before, took = size(), []
    for index in range(${EVENTS}):
        message = f"message number {index} of the benchmark, about sixty characters"
        begun = time.perf_counter()
        instance.handle_new_event(EventLogEntry(error_info=None, level=20, user_message=message, run_id=run_id,
            timestamp=time.time(), step_key="noop", job_name="one_op"))
        took.append(1000 * (time.perf_counter() - begun))
    print(json.dumps({"took": took, "bytes": size() - before}))
`;

/** The same events in Dagster's own storage (SQLite, its default), which the process of a run writes to itself. */
export async function* measureDagsterIngest(): AsyncGenerator<object> {
  const bin = installDagster();
  const home = mkdtempSync(join(tmpdir(), "millrace-peer-"));
  try {
    writeFileSync(join(home, "dagster.yaml"), "telemetry:\n  enabled: false\n");
    const { stdout, stderr } = spawnSync(join(bin, "python"), ["-c", SCRIPT], {
      env: { ...process.env, DAGSTER_HOME: home },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const line = stdout.trim().split("\n").at(-1);
    if (!line) throw new Error(`Dagster stored no events: ${stderr}`);
    const { took, bytes } = JSON.parse(line) as { took: number[]; bytes: number };
    const seconds = took.reduce((sum, ms) => sum + ms, 0) / 1_000;
    yield {
      system: "dagster",
      workers: 1,
      events_per_s: Math.round(EVENTS / seconds),
      ack_ms: percentilesOf(took),
      bytes_per_event: Math.round(bytes / EVENTS),
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
