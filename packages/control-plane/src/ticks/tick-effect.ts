import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { parseTickResult } from "@millrace/model/runs/parse-tick-result";
import { requireReportable } from "../assets/report/require-reportable.ts";
import { storeReportedEvents } from "../assets/report/report-asset-events.ts";
import type { Trx } from "../database/connect.ts";
import type { SettledItem, WorkEffect } from "../work/work-effects.ts";
import { toJson } from "../work/work-store.ts";
import { isTestEvaluation, finishTickEvaluation } from "./tick-evaluation-store.ts";

type TickItem = SettledItem<"evaluate_schedule"> | SettledItem<"evaluate_sensor">;

/**
 * What a tick has answered is stored for whoever asked for it by hand, and changes nothing; what its code would report must be
 * reportable all the same. Of any other tick, what its code reports counts from here on.
 */
export const tickEffect: WorkEffect<"evaluate_schedule"> & WorkEffect<"evaluate_sensor"> = {
  parseResult: parseTickResult,
  async onDone(trx, item: TickItem, result) {
    const isTest = await isTestEvaluation(trx, item.id);
    const refusal = await explainRefusal(() => report(trx, item, result.assetEvents, isTest));
    if (isTest) await finishTickEvaluation(trx, item.id, refusal === null ? { result } : { error: refusal });
    else if (refusal !== null)
      await sql`update work_item set error = ${toJson(refusal)}::jsonb where id = ${item.id}`.execute(trx);
  },
  onLost: (trx, { id }, { error }) => finishTickEvaluation(trx, id, { error }),
};

async function report(
  trx: Trx,
  { deploymentId, work }: TickItem,
  events: readonly ReportedEvent[],
  isTest: boolean,
): Promise<void> {
  if (!isTest) return storeReportedEvents(trx, { deploymentId, name: nameOf(work) }, events);
  await requireReportable(trx, deploymentId, events, await readNow(trx));
}

/** What is refused is refused before anything is written, so the transaction can go on. */
async function explainRefusal(work: () => Promise<void>): Promise<ErrorInfo | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const { code, message } = error;
    return {
      name: "ReportRefused",
      code,
      message: `What it reports of assets: ${message}`,
      stack: null,
      cause: null,
    };
  }
}

function nameOf(work: TickItem["work"]): string {
  return work.kind === "evaluate_sensor" ? `sensor ${work.sensorName}` : `schedule ${work.scheduleName}`;
}

async function readNow(trx: Trx): Promise<number> {
  const { rows } = await sql<{ now: number }>`select extract(epoch from now())::float8 * 1000 as now`.execute(
    trx,
  );
  return rows[0]?.now ?? 0;
}
