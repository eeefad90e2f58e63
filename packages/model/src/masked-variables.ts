/** The variable that names those whose values are secrets, with commas between; set by agents, read by workers. */
export const MASKED_VARIABLES = "MILLRACE_MASKED_VARIABLES";
