/**
 * Step keys name what runs: `clean` is one step; `work[x]` is the copy of `work` for the mapping key `x`; `work[?]`
 * stands for all copies of `work` as long as their mapping keys are not known.
 */

/** The key of one copy of a mapped step. */
export function copyKey(stepKey: string, mappingKey: string): string {
  return `${stepKey}[${mappingKey}]`;
}

/** The key that stands for all copies of a mapped step. */
export function allCopiesKey(stepKey: string): string {
  return `${stepKey}[?]`;
}

/** Takes a key apart: the step in the graph, and the mapping key (`?`: all copies), null for a step that is not mapped. */
export function parseStepKey(key: string): { readonly stepKey: string; readonly mappingKey: string | null } {
  const bracket = key.endsWith("]") ? key.indexOf("[") : -1;
  return bracket === -1
    ? { stepKey: key, mappingKey: null }
    : { stepKey: key.slice(0, bracket), mappingKey: key.slice(bracket + 1, -1) };
}
