// The one file that every process of a bundle loads beside the author's code: each further file would cost it half a millisecond.
// What is exported here under the names of the SDK is what authors import as `millrace`.
export * from "millrace";
export * as millraceProcesses from "millrace/processes";
export * as millraceTables from "millrace/tables";
export * as millraceTesting from "millrace/testing";
export { runWorker } from "../run-worker/run-worker.ts";
export { runStepProcess } from "../step-worker/step-worker.ts";
export { executeHere } from "../execute/execute-here.ts";
