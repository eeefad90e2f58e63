import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "@millrace/model/steps/random-case";
import type { TestProject } from "../system/project.ts";
import type { Stack } from "../system/stack.ts";

/** What was done, each a number of times. */
export interface LoadCounts {
  launches: number;
  reloads: number;
  subscriptions: number;
  documents: number;
  agentRestarts: number;
}

/** The project that the load runs: a job that only starts and ends, and assets that print. */
export const SOAK_FILES = {
  "src/definitions.ts": `
    import { asset, definitions, job, op } from "millrace";
    import { revision } from "./revision.ts";

    export const orders = asset("orders", {}, (context) => { context.log.info("revision " + revision); return 1; });
    export const totals = asset("totals", { deps: [orders] }, (_context, count) => { console.log("x".repeat(2_000)); return count + 1; });
    const nothing = op("nothing", {}, () => {});
    export const idle = job("idle", () => { nothing(); });
    export const defs = definitions({ assets: [orders, totals], jobs: [idle] });
  `,
  "src/revision.ts": "export const revision = 0;\n",
};

const LOCATION = "soak";
/** Fields of a document that nobody asks twice: 14 KB, and half a megabyte once it is parsed. */
const FIELDS = 800;

/**
 * Puts a fixed load on a stack until the signal is aborted: each kind of request at a pace of its own, the next one when the last
 * was answered. The seed decides what is launched and asked. The agent is started again after a quarter of the time, while caches still fill, and after three quarters.
 */
export async function putLoad(
  stack: Stack,
  project: TestProject,
  options: { readonly seed: number; readonly milliseconds: number; readonly signal: AbortSignal },
): Promise<LoadCounts> {
  const { seed, milliseconds, signal } = options;
  const random = createRandom(seed);
  const counts: LoadCounts = { launches: 0, reloads: 0, subscriptions: 0, documents: 0, agentRestarts: 0 };
  await Promise.all([
    pace(1_000, signal, async () => {
      const input = random() < 0.5 ? { jobName: "idle" } : { assetSelection: ["orders", "totals"] };
      await stack.awaitEnd(await stack.launch({ locationName: LOCATION, ...input }));
      counts.launches++;
    }),
    pace(5_000, signal, async () => {
      project.write("src/revision.ts", `export const revision = ${random()};\n`);
      await stack.load(LOCATION, project.folder);
      counts.reloads++;
    }),
    pace(200, signal, async () => {
      await askOnce(stack, random, signal);
      counts.documents++;
    }),
    pace(500, signal, async () => {
      await subscribeOnce(stack, random, signal);
      counts.subscriptions++;
    }),
    ...[1, 3].map((quarter) =>
      sleep((milliseconds * quarter) / 4, undefined, { signal }).then(
        async () => {
          await stack.kill("agent", "SIGTERM");
          stack.startAgent();
          counts.agentRestarts++;
        },
        () => {},
      ),
    ),
  ]);
  return counts;
}

/** Does something again and again, no more often than every so many milliseconds. */
async function pace(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const over = sleep(ms, undefined, { signal }).catch(() => {});
    await work().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await over;
  }
}

/** A document that was never asked before, every fourth of which does not parse. */
async function askOnce(stack: Stack, random: () => number, signal: AbortSignal): Promise<void> {
  const name = `q${Math.floor(random() * 1e9)}`;
  const fields = Array.from({ length: FIELDS }, (_, index) => `f${index}: __typename`);
  const query = `query ${name} { ${fields.join(" ")} ${random() < 0.25 ? "runs(" : "}"}`;
  const response = await fetch(`${stack.url}/graphql`, {
    method: "POST",
    signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  await response.text();
}

/** A subscription that is left after its first words. */
async function subscribeOnce(stack: Stack, random: () => number, signal: AbortSignal): Promise<void> {
  const left = new AbortController();
  const response = await fetch(`${stack.url}/graphql`, {
    method: "POST",
    signal: AbortSignal.any([signal, left.signal]),
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: "subscription($topics: [String!]!) { changes(topics: $topics) { topic } }",
      variables: { topics: ["runs", `run:${Math.floor(random() * 1_000)}`] },
    }),
  });
  await response.body?.getReader().read();
  left.abort();
}
