import { parseTickResult } from "@millrace/model/runs/parse-tick-result";
import type { TickAnswer } from "@millrace/model/runs/work-item";
import { requireReportable } from "../assets/report/require-reportable.ts";
import type { LaunchContext } from "../runs/launch/launch-runs.ts";
import type { Trx } from "../database/connect.ts";
import { inSavepoint } from "../database/in-savepoint.ts";
import { readNow } from "../database/read-now.ts";
import type { SettledItem, WorkEffect } from "../work/work-effects.ts";
import { failTick, isSettledTogether, settleTick, settleTicks } from "./settle-tick.ts";
import { finishTickEvaluation } from "./tick-evaluation-store.ts";
import { orTickRefused, toErrorInfo } from "./tick-refused.ts";
import { holdTicks } from "./tick-store.ts";

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
    async onDone(trx, item: TickItem, result) {
      const tick = (await holdTicks(trx, [item.id])).get(item.id);
      if (tick === undefined) return storeEvaluation(trx, item, result);
      await settleTick(trx, tick, result, toldCursor(item), context);
    },
    together: {
      fits: isSettledTogether,
      async onDone(trx, done: readonly { readonly item: TickItem; readonly result: TickAnswer }[]) {
        const ticks = await holdTicks(
          trx,
          done.map(({ item }) => item.id),
        );
        for (const { item, result } of done)
          if (!ticks.has(item.id)) await storeEvaluation(trx, item, result);
        const answered = done.flatMap(({ item, result }) => {
          const tick = ticks.get(item.id);
          return tick === undefined ? [] : [{ tick, result, told: toldCursor(item) }];
        });
        await settleTicks(trx, answered, context);
      },
    },
    async onLost(trx, { id }, { message, error }) {
      const tick = (await holdTicks(trx, [id])).get(id);
      if (tick === undefined) return finishTickEvaluation(trx, id, { error });
      await failTick(trx, tick, error ?? { name: "WorkLost", message, stack: null, cause: null });
    },
  };
}

/** The cursor that the code of a sensor was told. */
function toldCursor({ work }: TickItem): string | null {
  return work.kind === "evaluate_sensor" ? work.cursor : null;
}

async function storeEvaluation(trx: Trx, { id, deploymentId }: TickItem, result: TickAnswer): Promise<void> {
  const refusal = await inSavepoint(trx, async () => {
    const now = await readNow(trx);
    await orTickRefused("What it reports of assets", () =>
      requireReportable(trx, deploymentId, result.assetEvents, now),
    );
  });
  await finishTickEvaluation(trx, id, refusal === null ? { result } : { error: toErrorInfo(refusal) });
}
