import type { RunQuery } from "./runs.gen.ts";

export type RunDetails = NonNullable<RunQuery["run"]>;
