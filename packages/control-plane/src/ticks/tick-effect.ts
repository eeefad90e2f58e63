import { parseTickResult } from "@millrace/model/runs/parse-tick-result";
import { requireReportable } from "../assets/report/require-reportable.ts";
import type { LaunchContext } from "../runs/launch/launch-runs.ts";
import { inSavepoint } from "../database/in-savepoint.ts";
import type { SettledItem, WorkEffect } from "../work/work-effects.ts";
import { readNow } from "./instigator-store.ts";
import { failTick, settleTick } from "./settle-tick.ts";
import { finishTickEvaluation } from "./tick-evaluation-store.ts";
import { orTickRefused, toErrorInfo } from "./tick-refused.ts";
import { holdTick } from "./tick-store.ts";

type TickItem = SettledItem<"evaluate_schedule"> | SettledItem<"evaluate_sensor">;

/**
 * What a tick has answered is done. Of an evaluation that somebody asked for by hand it is stored for whoever asked, and changes
 * nothing; what its code would report must be reportable all the same.
 */
export function createTickEffect(
  context: LaunchContext,
): WorkEffect<"evaluate_schedule"> & WorkEffect<"evaluate_sensor"> {
  return {
    parseResult: parseTickResult,
    async onDone(trx, { id, deploymentId, work }: TickItem, result) {
      const tick = await holdTick(trx, id);
      if (tick !== null)
        return settleTick(trx, tick, result, work.kind === "evaluate_sensor" ? work.cursor : null, context);
      const refusal = await inSavepoint(trx, async () => {
        const now = await readNow(trx);
        await orTickRefused("What it reports of assets", () =>
          requireReportable(trx, deploymentId, result.assetEvents, now),
        );
      });
      await finishTickEvaluation(trx, id, refusal === null ? { result } : { error: toErrorInfo(refusal) });
    },
    async onLost(trx, { id }, { message, error }) {
      const tick = await holdTick(trx, id);
      if (tick === null) return finishTickEvaluation(trx, id, { error });
      await failTick(trx, tick, error ?? { name: "WorkLost", message, stack: null, cause: null });
    },
  };
}
