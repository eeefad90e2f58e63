import { claimSlot, freeSlot } from "../pools/claim-slot.ts";
import { isCurrentAttempt } from "../runs/attempts/attempt-store.ts";
import { AttemptSuperseded } from "../runs/run-errors.ts";
import { builder, readWaitMs } from "./agent-api-builder.ts";

builder.mutationFields((t) => ({
  claimPoolSlot: t.boolean({
    access: "open run",
    description:
      "With a run token: a slot of a pool for a step of the attempt, which has it until it is freed or the attempt ends. Where " +
      "none is free, the request is held up to `waitMs`; false: there is still none, and whoever asks again keeps its place in line.",
    args: {
      runId: t.arg.id(),
      attempt: t.arg.int(),
      stepKey: t.arg.string(),
      pool: t.arg.string(),
      waitMs: t.arg.int(),
    },
    async resolve(_root, { runId, attempt, stepKey, pool, waitMs }, context) {
      if (!(await isCurrentAttempt(context.db, runId, attempt))) throw new AttemptSuperseded(runId, attempt);
      const { deploymentId } = context.caller;
      return claimSlot(
        context,
        { deploymentId, runId, attempt, stepKey, pool },
        {
          waitMs: readWaitMs(waitMs),
          signal: context.signal,
        },
      );
    },
  }),
  freePoolSlot: t.boolean({
    access: "open run",
    description: "With a run token: the step needs the slot no more that it has claimed, if it has.",
    args: { runId: t.arg.id(), attempt: t.arg.int(), stepKey: t.arg.string() },
    async resolve(_root, { runId, attempt, stepKey }, context) {
      await freeSlot(context.db, { deploymentId: context.caller.deploymentId, runId, attempt, stepKey });
      return true;
    },
  }),
}));
