import { Refused, type Network } from "./network.ts";
import type { Task } from "./tasks.ts";

const LAUNCH = `mutation ($input: LaunchRunInput!) { launchRun(input: $input) { __typename ... on LaunchedRun { run { id } } } }`;
const TERMINATE = `mutation ($id: ID!) { terminateRun(id: $id) { __typename } }`;
const REEXECUTE = `mutation ($id: ID!) { reexecuteRun(id: $id) { __typename ... on LaunchedRun { run { id } } } }`;

const BACKFILL = `mutation ($input: LaunchBackfillInput!) { launchBackfill(input: $input) { __typename ... on LaunchedBackfill { backfill { id } } } }`;
const CANCEL_BACKFILL = `mutation ($id: ID!) { cancelBackfill(id: $id) { __typename } }`;

/** What a user does. */
export interface UserPlan {
  /** Runs to launch. */
  readonly launches: number;
  /** Milliseconds between two things, at most. */
  readonly pauseMs: number;
  readonly hasBackfills: boolean;
  /** Told of each run whose launch was acknowledged, and the key it was launched with. */
  readonly onLaunched: (runId: string, key: string) => void;
  /** Told of each backfill whose launch was acknowledged. */
  readonly onBackfill: (id: string) => void;
}

/** Launches runs, ends or repeats some of them, and begins a backfill now and then, which may be canceled. */
export async function useControlPlane(task: Task, network: Network, plan: UserPlan): Promise<void> {
  const runs: string[] = [];
  const { random } = task;

  async function ask(
    what: string,
    document: string,
    variables: object,
  ): Promise<Record<string, unknown> | null> {
    const request = { api: "user", token: null, what, document, variables } as const;
    try {
      return (await network.sendUntilAnswered(task, task.name, request)) as Record<string, unknown>;
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  async function beginBackfill(key: string): Promise<void> {
    const assetSelection = random.pick([["daily_orders"], ["orders", "daily_orders"]]);
    const answer = await ask("backfill", BACKFILL, { input: { assetSelection, idempotencyKey: key } });
    const id = (answer?.["launchBackfill"] as { backfill?: { id: string } } | undefined)?.backfill?.id;
    if (id === undefined) throw new Error(`A backfill was refused: ${JSON.stringify(answer)}`);
    plan.onBackfill(id);
    if (!random.chance(0.3)) return;
    await task.sleep(random.integer(1, plan.pauseMs));
    await ask("cancel backfill", CANCEL_BACKFILL, { id });
  }

  for (let launched = 0; launched < plan.launches;) {
    // Bursts: the queue is there for them.
    await task.sleep(random.chance(0.5) ? 1 : random.integer(1, plan.pauseMs));
    const known = runs.length > 0 ? random.pick(runs) : null;
    if (known !== null && random.chance(0.2)) await ask("terminate", TERMINATE, { id: known });
    else if (known !== null && random.chance(0.1)) await ask("reexecute", REEXECUTE, { id: known });
    else if (plan.hasBackfills && random.chance(0.25))
      await beginBackfill(`${task.name} backfill ${launched}`);
    else {
      const key = `${task.name} ${launched++}`;
      const answer = await ask("launch", LAUNCH, { input: { ...describeRun(task), idempotencyKey: key } });
      const id = (answer?.["launchRun"] as { run?: { id: string } } | undefined)?.run?.id;
      if (id === undefined) throw new Error(`A launch was refused: ${JSON.stringify(answer)}`);
      runs.push(id);
      plan.onLaunched(id, key);
    }
  }
}

function describeRun({ random }: Task): object {
  const tags = [
    ...(random.chance(0.5)
      ? [{ key: "millrace/max_resume_attempts", value: String(random.integer(1, 3)) }]
      : []),
    ...(random.chance(0.2) ? [{ key: "millrace/max_retries", value: String(random.integer(1, 2)) }] : []),
    ...(random.chance(0.2) ? [{ key: "millrace/max_runtime", value: String(random.integer(1, 10)) }] : []),
    ...(random.chance(0.6) ? [{ key: "customer", value: random.pick(["big", "small"]) }] : []),
    ...(random.chance(0.2) ? [{ key: "millrace/priority", value: String(random.integer(-1, 1)) }] : []),
  ];
  return { jobName: random.pick(["hello", "sales_job"]), tags };
}
