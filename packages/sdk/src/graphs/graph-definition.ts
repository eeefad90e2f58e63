import type { Definition } from "../definitions/definition.ts";
import type { GraphBody } from "./composition.ts";

/** Ops and graphs connected to each other, under one name. */
export interface GraphDefinition extends Definition<"graph"> {
  readonly name: string;
  readonly description: string | null;
  readonly inputNames: readonly string[];
  readonly body: GraphBody;
}
