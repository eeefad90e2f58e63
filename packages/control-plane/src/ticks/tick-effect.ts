import { parseTickResult } from "@millrace/model/runs/parse-tick-result";
import type { WorkEffect } from "../work/work-effects.ts";
import { settleTickEvaluation } from "./tick-evaluation-store.ts";

/** What a tick has answered is stored for whoever asked for it. */
export const tickEffect: WorkEffect<"evaluate_schedule"> & WorkEffect<"evaluate_sensor"> = {
  parseResult: parseTickResult,
  onDone: (trx, { id }, result) => settleTickEvaluation(trx, id, { result }),
  onLost: (trx, { id }, { error }) => settleTickEvaluation(trx, id, { error }),
};
