import type { StepGraph } from "../steps/step-graph.ts";
import { upstreamStepKeys } from "../steps/step-graph.ts";
import { walk } from "./graph-walk.ts";
import { parseStepKey } from "../steps/step-key.ts";
import { InvalidSelection, pointAt, UnknownInSelection } from "./invalid-selection.ts";
import { clauseLength, parseSelectionClause } from "./selection-clause.ts";

/** Ops or steps by name, with the names each depends on. */
export type OpDependencies = ReadonlyMap<string, readonly string[]>;

/**
 * The ops that a list of clauses selects: their union. `["*"]` alone selects all; no clause selects none.
 *
 * @throws InvalidSelection | UnknownInSelection
 */
export function selectOps(dependencies: OpDependencies, clauses: readonly string[]): Set<string> {
  if (clauses.length === 1 && clauses[0] === "*") return new Set(dependencies.keys());
  return selectSteps(dependencies, clauses);
}

/** The steps of a run that a list of clauses selects: as for ops, but without `*`, as a run's steps are chosen one by one. */
export function selectSteps(dependencies: OpDependencies, clauses: readonly string[]): Set<string> {
  const below = new Map<string, string[]>();
  for (const [key, above] of dependencies)
    for (const parent of above) {
      const children = below.get(parent);
      if (children) children.push(key);
      else below.set(parent, [key]);
    }
  const selected = new Set<string>();
  for (const text of clauses) {
    const clause = parseSelectionClause(text);
    if (!clause) {
      const reason = 'Write a name, with "*" or "+" before it, after it, or both';
      throw new InvalidSelection(text, clauseLength(text), reason);
    }
    if (!dependencies.has(clause.name)) {
      const reason = `There is no op or step "${clause.name}"`;
      throw new UnknownInSelection(pointAt(text, text.indexOf(clause.name), reason));
    }
    selected.add(clause.name);
    for (const key of walk([clause.name], (name) => dependencies.get(name) ?? [], clause.up))
      selected.add(key);
    for (const key of walk([clause.name], (name) => below.get(name) ?? [], clause.down)) selected.add(key);
  }
  return selected;
}

/**
 * The steps that a launch means by its selection: keys of steps, which stay as they are (also those of single copies, such as
 * `work[x]`), and clauses such as `*load`, `++load`, `load+`, `*load*`. A lone `*` is every step.
 *
 * @throws InvalidSelection | UnknownInSelection
 */
export function resolveStepSelection(dependencies: OpDependencies, selection: readonly string[]): string[] {
  if (selection.length === 1 && selection[0] === "*") return [...dependencies.keys()];
  const isKey = (text: string): boolean => dependencies.has(parseStepKey(text).stepKey);
  const clauses = selection.filter((text) => !isKey(text));
  return [...new Set([...selection.filter(isKey), ...selectSteps(dependencies, clauses)])];
}

/** A step graph's dependencies, for `selectSteps`. */
export function dependenciesOf(graph: StepGraph): OpDependencies {
  return new Map([...graph.steps.values()].map((step) => [step.key, upstreamStepKeys(step)]));
}
