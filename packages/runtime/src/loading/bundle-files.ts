/** The file of a bundle that holds the author's code. */
export const DEFINITIONS_FILE = "definitions.mjs";
/** The files of a bundle that hold what the author's code imports of the SDK, by the import's name. */
export const SDK_FILES: Readonly<Record<string, string>> = {
  millrace: "sdk.mjs",
  "millrace/tables": "tables.mjs",
  "millrace/testing": "testing.mjs",
};
/** The file of a bundle that holds the run worker's own code. */
export const WORKER_FILE = "worker.mjs";
/** The file of a bundle that executes one step in a process of its own. */
export const STEP_FILE = "step.mjs";
/** The file of a bundle that holds the courier's thread. */
export const COURIER_FILE = "courier.mjs";
