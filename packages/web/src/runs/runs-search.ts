import { RUN_STATUSES, type RunStatus } from "@millrace/model/run-status";
import { listOf, textOf } from "../ui/search-params.ts";

/** What the address of the runs list says. */
export interface RunsSearch {
  readonly status?: readonly RunStatus[];
  readonly job?: string;
  readonly asset?: string;
  /** `key:value`. */
  readonly tag?: string;
}

export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  return {
    ...listOf("status", search, RUN_STATUSES),
    ...textOf("job", search),
    ...textOf("asset", search),
    ...textOf("tag", search),
  };
}

/** The tag that the filter means; null: none, or its text is none yet. */
export function readTag(text: string | undefined): { readonly key: string; readonly value: string } | null {
  const [key = "", ...value] = (text ?? "").split(":");
  return key.trim() === "" || value.length === 0 ? null : { key: key.trim(), value: value.join(":").trim() };
}

/** What is missing in the text of the tag filter; null: nothing. */
export function explainTag(text: string | undefined): string | null {
  return text === undefined || readTag(text) !== null ? null : `Type key:value, such as ${text}:core`;
}
