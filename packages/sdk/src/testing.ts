export { evaluateSchedule, evaluateSensor, type EvaluationOptions } from "./testing/evaluate.ts";
export {
  evaluateScheduleTicks,
  InvalidTickRange,
  type ScheduledTick,
} from "./testing/evaluate-schedule-ticks.ts";
export { sensedMaterialization, sensedRun } from "./testing/sensed.ts";
export {
  automationInstance,
  type AutomationInstance,
  type RecordedDetails,
} from "./testing/automation-instance.ts";
export { evaluateAutomation, type AutomationResult } from "./testing/evaluate-automation.ts";
export { planBackfill, type BackfillWish, type PlannedRun } from "./testing/plan-backfill.ts";
export {
  memoryRunInstance,
  type MemoryRunInstance,
  type MemoryRunInstanceOptions,
} from "./context/memory-run-instance.ts";
export { executeJob, materialize, type ExecutionOptions } from "./testing/execute.ts";
export { StepsFailed, type ExecutionResult } from "./testing/execution-result.ts";
