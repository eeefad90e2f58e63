import { execute } from "../../graphql/client.ts";
import { RunEventsDocument } from "../runs.gen.ts";
import { tellWhyStopped, type LogRow } from "./log-model.ts";
import type { Source } from "./use-follower.ts";

const PAGE_SIZE = 1_000;

/** All events of a run, read from the first on, page by page. */
export function createRunEventsSource(runId: string): Source<LogRow[]> {
  const rows: LogRow[] = [];
  let position = -1;
  return {
    content: rows,
    async readOn(signal) {
      const { run } = await execute(
        RunEventsDocument,
        { id: runId, after: position, limit: PAGE_SIZE },
        signal,
      );
      if (!run || signal.aborted) return { news: false, more: false };
      const fresh = run.events.nodes.filter((row) => row.position > position);
      for (const row of fresh) rows.push(tellWhyStopped(row, rows));
      position = Math.max(position, run.events.lastPosition, rows.at(-1)?.position ?? -1);
      return { news: fresh.length > 0, more: run.events.hasMore && fresh.length > 0 };
    },
  };
}
