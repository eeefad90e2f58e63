import { selectOps, selectSteps, type OpDependencies } from "@millrace/model/selection/op-selection";

interface VectorStep {
  readonly key: string;
  readonly deps: readonly string[];
}
type OpSelectionCase =
  | { readonly kind: "graph"; readonly graph: string; readonly steps: readonly VectorStep[] }
  | {
      readonly kind: "select_ops" | "select_steps";
      readonly graph: string;
      readonly selection: readonly string[];
    };

/** Graphs that earlier cases of the file have set up. */
const graphs = new Map<string, OpDependencies>();

export function runCase(testCase: unknown): unknown {
  const vector = testCase as OpSelectionCase;
  if (vector.kind === "graph") {
    graphs.set(vector.graph, new Map(vector.steps.map((step) => [step.key, step.deps])));
    return null;
  }
  const graph = graphs.get(vector.graph);
  if (!graph) throw new Error(`no graph ${vector.graph}`);
  const select = vector.kind === "select_ops" ? selectOps : selectSteps;
  return [...select(graph, vector.selection)];
}
