import type { ConfigSchema } from "../config/config-schema.ts";
import type { Definition } from "../definition/definition.ts";
import type { GraphBody } from "./composition.ts";

/** Ops and graphs connected to each other, under one name. */
export interface GraphDefinition extends Definition<"graph"> {
  readonly name: string;
  readonly description: string | null;
  readonly inputNames: readonly string[];
  readonly body: GraphBody;
  /** Null: each of its ops is configured by itself. */
  readonly configMapping: GraphConfigMapping | null;
}

/** How the config of a graph becomes that of its ops. */
export interface GraphConfigMapping {
  readonly config: ConfigSchema;
  /** Gives configs by the name of the node in the graph; `inner.op` reaches into graphs without a config of their own. */
  readonly map: (config: never) => Readonly<Record<string, unknown>>;
}
