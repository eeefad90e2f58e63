import { isFinished, type RunStatus } from "@millrace/model/run-status";
import type { ReexecutionStrategy } from "./runs.gen.ts";

/** What to repeat of a run, as the API takes it. */
export interface ReexecutionChoice {
  readonly strategy: ReexecutionStrategy;
  readonly stepSelection: readonly string[] | null;
  readonly includeDownstream: boolean;
}

/** One way to repeat a run. */
export interface ReexecutionOption {
  readonly label: string;
  /** What it does; where it can't be done, why. */
  readonly explanation: string;
  readonly disabled: boolean;
  readonly choice: ReexecutionChoice;
}

/** What decides how a run can be repeated. */
export interface RepeatableRun {
  readonly status: RunStatus;
  readonly assetKeys: readonly string[];
  readonly steps: readonly { readonly key: string; readonly state: string }[];
}

/** The ways to repeat a run that has ended, each with what it does or why it can't be done. `step`: the one that is looked at. */
export function listReexecutionOptions(run: RepeatableRun, step: string | null): ReexecutionOption[] {
  const unfinished = run.steps.filter(({ state }) => state !== "success" && state !== "skipped").length;
  const whyNotFailed =
    isFinished(run.status) && run.status === "SUCCESS"
      ? "The run did not fail: there is nothing to repair"
      : null;
  const steps: ReexecutionOption[] =
    step === null
      ? []
      : [
          option(
            `Step ${step} only`,
            "What it needs is read from this run",
            null,
            chooseSteps([step], false),
          ),
          option(
            `From step ${step} onwards`,
            "It and everything downstream of it",
            null,
            chooseSteps([step], true),
          ),
        ];
  return [
    option("All steps", "The whole run from its beginning", null, whole("ALL_STEPS")),
    option(
      "From failure",
      unfinished > 0
        ? `The ${unfinished === 1 ? "step" : `${unfinished} steps`} that did not succeed, and what is downstream`
        : "What did not succeed, and what is downstream",
      whyNotFailed,
      whole("FROM_FAILURE"),
    ),
    option(
      "From asset failure",
      "The assets and checks that were not made",
      run.assetKeys.length === 0 ? "The run makes no assets" : whyNotFailed,
      whole("FROM_ASSET_FAILURE"),
    ),
    ...steps,
  ];
}

function option(
  label: string,
  explanation: string,
  whyNot: string | null,
  choice: ReexecutionChoice,
): ReexecutionOption {
  return { label, explanation: whyNot ?? explanation, disabled: whyNot !== null, choice };
}

function whole(strategy: ReexecutionStrategy): ReexecutionChoice {
  return { strategy, stepSelection: null, includeDownstream: false };
}

/** Repeats some steps. */
export function chooseSteps(steps: readonly string[], includeDownstream: boolean): ReexecutionChoice {
  return { strategy: "SELECTED_STEPS", stepSelection: steps, includeDownstream };
}
