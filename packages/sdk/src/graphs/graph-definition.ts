import type { ConfigSchema } from "../config/config-schema.ts";
import type { Definition } from "../definition/definition.ts";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { Hook } from "../hooks/hook.ts";
import type { Handle, HandleSource, InputBinding, ManyHandle } from "./handle.ts";
import type { OpDefinition } from "./op-definition.ts";

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

/** What one call in the body of a graph may change about the op or graph it calls. */
export interface InvocationOptions {
  /** The node's name in the graph. Default: the op's name, with a number when it stands there already. */
  readonly alias?: string;
  /** What only has to come first. */
  readonly after?: readonly (Handle | ManyHandle)[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly retryPolicy?: RetryPolicy;
  /** Hooks beside those of the op, for this call only. */
  readonly hooks?: readonly Hook[];
}

/** One call in the body of a graph. */
export interface Invocation {
  readonly name: string;
  readonly definition: OpDefinition | GraphDefinition;
  readonly inputs: readonly InputBinding[];
  readonly after: readonly HandleSource[];
  readonly tags: Readonly<Record<string, string>>;
  readonly retryPolicy: RetryPolicy | null;
  readonly hooks: readonly Hook[];
}

/** What the body of a graph does, recorded. */
export interface GraphBody {
  readonly invocations: readonly Invocation[];
  /** What the graph returns, by output name: `result` for a single handle. */
  readonly outputs: ReadonlyMap<string, InputBinding>;
}
