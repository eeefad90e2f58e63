/** How a debugger may look at runs: `open`: it may attach while they go on; `wait`: each waits for one before its first step. */
export const DEBUGGING = ["open", "wait"] as const;
export type Debugging = (typeof DEBUGGING)[number];

/** The name of the metadata of a run's event that says where a debugger may attach to it. */
export const DEBUGGER_ADDRESS = "debugger";
