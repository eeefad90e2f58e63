import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { RunSelection } from "@millrace/model/runs/run-target";
import type { GraphStep, StepGraph } from "@millrace/model/steps/step-graph";
import type { Job, LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { selectJobSteps } from "./selected-steps.ts";

/**
 * The steps that a run's selection of assets and checks leaves of its job, as a graph for planning: which step waits for which,
 * and which are copied for the keys of a dynamic output. By which input a value travels is the worker's business.
 */
export function createJobStepGraph(
  snapshot: LocationSnapshot,
  job: Job,
  selection: Omit<RunSelection, "stepSelection">,
): StepGraph {
  const isWhole = selection.assetSelection === null && selection.checkSelection === null;
  const observed = new Set(snapshot.assets.filter((asset) => asset.observable).map((asset) => asset.stepKey));
  const steps = selectJobSteps(snapshot, job, { ...selection, stepSelection: null })
    // Who materializes everything does not observe what others make.
    .filter(({ key }) => !(isWhole && job.name === ASSET_JOB && observed.has(key)));
  const keys = new Set(steps.map(({ key }) => key));
  return {
    steps: new Map(
      steps.map(({ key, upstream, mappedOver, dynamicOutputs }, order): [string, GraphStep] => [
        key,
        {
          key,
          inputs: [],
          outputs: dynamicOutputs.map((name) => ({ name, dynamic: true })),
          after: upstream.filter((other) => keys.has(other)),
          order,
          mappedOver: mappedOver ? { stepKey: mappedOver.stepKey, outputName: mappedOver.outputName } : null,
        },
      ]),
    ),
  };
}
