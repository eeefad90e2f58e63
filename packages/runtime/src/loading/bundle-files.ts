/** The file of a bundle that holds the author's code. */
export const DEFINITIONS_FILE = "definitions.mjs";
/** The file of a bundle that holds the SDK and what runs it: what all processes of a location share. */
export const ENGINE_FILE = "engine.mjs";
/** The files of a bundle that stand for what the author's code imports of the SDK, by the import's name. */
export const SDK_FILES = {
  millrace: ENGINE_FILE,
  "millrace/processes": "processes.mjs",
  "millrace/tables": "tables.mjs",
  "millrace/testing": "testing.mjs",
} as const;
/** The file of a bundle that a run worker loads first. */
export const WORKER_FILE = "worker.mjs";
/** The file of a bundle that executes one step in a process of its own when it is started. */
export const STEP_FILE = "step.mjs";
/** The file of a bundle that holds the courier's thread. */
export const COURIER_FILE = "courier.mjs";
