import { LOG_LEVELS, type LogLevel } from "@millrace/model/run-event";
import { oneOf, textOf, wholeNumberOf } from "../../ui/search-params.ts";

export const RUN_TABS = ["events", "stdout", "stderr", "config"] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** What the address of a run's page says; `at` is the position of one event in the log. */
export interface RunSearch {
  readonly tab?: RunTab;
  readonly step?: string;
  readonly level?: LogLevel;
  readonly type?: string;
  readonly text?: string;
  readonly at?: number;
}

export function parseRunSearch(search: Record<string, unknown>): RunSearch {
  return {
    ...oneOf("tab", search, RUN_TABS),
    ...textOf("step", search),
    ...oneOf("level", search, LOG_LEVELS),
    ...textOf("type", search),
    ...textOf("text", search),
    ...wholeNumberOf("at", search),
  };
}
