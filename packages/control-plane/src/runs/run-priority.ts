/** The tag that orders the queue: a whole number, higher goes first; anything else counts as 0. */
export const PRIORITY_TAG = "millrace/priority";

/** The priority that the value of a run's tag stands for. */
export function parsePriority(text: string | undefined): number {
  return text !== undefined && /^\s*[+-]?\d{1,9}\s*$/.test(text) ? Number(text) : 0;
}
