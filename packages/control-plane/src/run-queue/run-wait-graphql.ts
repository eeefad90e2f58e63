import { builder } from "../graphql/builder.ts";
import { RunType } from "../runs/run-graphql.ts";
import { runLoader } from "../runs/run-loaders.ts";
import type { Run } from "../runs/run-store.ts";
import type { WAIT_KINDS } from "./run-wait.ts";
import { listRunWaits, type RunWait } from "./run-wait.ts";

const RunWaitKindType = builder.enumType("RunWaitKind", {
  values: {
    DEPLOYMENT: { value: "deployment", description: "As many runs are active as may be." },
    LOCATION: { value: "location", description: "The code location is paused." },
    TAG: { value: "tag", description: "As many runs with one of its tags are active as may be." },
    POOLS: { value: "pools", description: "Pools that it needs have no slot free." },
    COORDINATOR: { value: "coordinator", description: "Nothing: it is about to start." },
    AGENT: { value: "agent", description: "No agent has taken it yet." },
    TIME: { value: "time", description: "Its steps wait until a time that they have named." },
    DISK: {
      value: "disk",
      description:
        "It runs, and its worker has no room to write down what happens: nothing is heard of it meanwhile.",
    },
    SLOT: { value: "slot", description: "It runs, and a step of it waits for a slot of its pool." },
  } as const satisfies Record<Uppercase<(typeof WAIT_KINDS)[number]>, object>,
});

const RunWaitType = builder.objectRef<RunWait>("RunWait").implement({
  description: "What a run, or one of its steps, waits for.",
  fields: (t) => ({
    kind: t.expose("kind", { type: RunWaitKindType }),
    message: t.exposeString("message"),
    stepKey: t.exposeString("stepKey", { nullable: true, description: "Null: the whole run waits." }),
    limit: t.exposeInt("limit", {
      nullable: true,
      description: "How much there is of what is waited for; null where that says nothing.",
    }),
    holders: t.field({
      type: [RunType],
      description: "Active runs that have it, at most fifty.",
      resolve: async ({ holderIds }, _args, context) => {
        const runs = await runLoader(context).loadMany(holderIds);
        return runs.filter((run): run is Run => run !== null && !(run instanceof Error));
      },
    }),
  }),
});

builder.objectFields(RunType, (t) => ({
  waits: t.field({
    type: [RunWaitType],
    description:
      "Why the run does not go on: what holds it in the queue, or what it or its steps wait for. Empty when nothing does.",
    resolve: (run, _args, { db }) => listRunWaits(db, run),
  }),
}));
