import type { RetryPolicy } from "@millrace/model/retry-policy";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Hook } from "../hooks/hook.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { SourcePosition } from "../definition/source-position.ts";

/** User code with everything the executor must know to run it as a step; its types are checked where it is defined. */
export interface Computation {
  readonly compute: (context: never, ...inputs: never[]) => unknown;
  readonly config: ConfigSchema | null;
  readonly resources: ResourceMap;
  /** Null: the job's policy holds. */
  readonly retryPolicy: RetryPolicy | null;
  /** Holds where neither the step nor its job says anything. */
  readonly fallbackRetryPolicy: RetryPolicy | null;
  /** Seconds after which an attempt fails; null: never. */
  readonly timeoutSeconds: number | null;
  readonly pool: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Called when the step has succeeded, or has failed for good. */
  readonly hooks: readonly Hook[];
  readonly source: SourcePosition | null;
}

/** Options of everything that runs as a step. */
export interface ComputationOptions<C, R> {
  readonly description?: string;
  /** Schema of the step's config; `context.config` has its output type. */
  readonly config?: C;
  /** Resources by the name under which `context.resources` has their values. */
  readonly resources?: R;
  readonly retryPolicy?: RetryPolicy;
  /** Seconds after which an attempt fails: its signal is aborted and it counts as failed at once. */
  readonly timeoutSeconds?: number;
  /** Name of the pool whose slots limit how many such steps run at once in the whole deployment; it needs no definition of its own. */
  readonly pool?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Code to call when the step has succeeded or failed, see `successHook` and `failureHook`. */
  readonly hooks?: readonly Hook[];
}
