/** The file of a bundle that holds the author's code. */
export const DEFINITIONS_FILE = "definitions.mjs";
/** The file of a bundle that holds what the author's code imports as `millrace`. */
export const SDK_FILE = "sdk.mjs";
/** The file of a bundle that holds the run worker's own code. */
export const WORKER_FILE = "worker.mjs";
/** The file of a bundle that holds the courier's thread. */
export const COURIER_FILE = "courier.mjs";
