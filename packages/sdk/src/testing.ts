export { evaluateSchedule, evaluateSensor, type EvaluationOptions } from "./testing/evaluate.ts";
export { executeJob, materialize, type ExecutionOptions } from "./testing/execute.ts";
export { StepsFailed, type ExecutionResult } from "./testing/execution-result.ts";
