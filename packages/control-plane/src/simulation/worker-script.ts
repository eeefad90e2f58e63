import type { Random } from "./random.ts";
import type { WorkerSpec } from "./worker-handle.ts";

/** What user code makes a worker say, and how long each takes. */
export interface ScriptLine {
  readonly afterMs: number;
  readonly event: object;
  /** Of what waits: how long, from when it is said on. */
  readonly waitMs?: number;
}

/**
 * What happens in an execution of a job of the test shop (`SHOP`), from its start to its end, or until nothing but a wait is left: the
 * next attempt of the run then begins another script.
 */
export function writeScript(random: Random, spec: WorkerSpec): ScriptLine[] {
  const assets = spec.jobName === "hello" ? [] : (spec.assetSelection ?? ["orders"]);
  const steps = spec.jobName === "hello" ? ["greet", "wave"] : assets;
  const isLong = random.chance(0.2);
  const fails = random.chance(0.15);
  const waitsIn = random.chance(0.15) ? random.pick(steps) : null;
  const line = (event: object): ScriptLine => ({
    afterMs: random.integer(1, isLong ? 6_000 : 400),
    event: { message: "", ...event },
  });
  const lines = [line({ type: "RUN_START" })];
  for (const stepKey of steps) {
    lines.push(line({ type: "STEP_START", stepKey, attempt: 1 }));
    if (random.chance(0.5)) lines.push(line({ type: "LOG", stepKey, level: "INFO", message: "working" }));
    const failsFirst = fails && stepKey === steps.at(-1) && random.chance(0.5);
    if (assets.includes(stepKey) && !failsFirst)
      lines.push(line(materialization(stepKey, spec.partitionKey)));
    if (fails && stepKey === steps.at(-1)) {
      const error = { name: "Error", message: "no luck", stack: null, cause: null };
      lines.push(line({ type: "STEP_FAILURE", stepKey, error, metadata: {} }));
      return [...lines, line({ type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null })];
    }
    if (stepKey === waitsIn) {
      const waitMs = random.integer(10, 20_000);
      lines.push({ ...line({ type: "STEP_WAITING", stepKey, waits: {} }), waitMs });
      return [...lines, { ...line({ type: "RUN_SUSPENDED" }), waitMs }];
    }
    lines.push(line({ type: "STEP_SUCCESS", stepKey, durationMs: 1 }));
  }
  return [...lines, line({ type: "RUN_SUCCESS" })];
}

function materialization(assetKey: string, partition: string | null): object {
  return {
    type: "ASSET_MATERIALIZATION",
    assetKey,
    stepKey: assetKey,
    partition,
    metadata: {},
    tags: {},
    dataVersion: null,
  };
}
