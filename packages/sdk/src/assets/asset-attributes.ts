import type { AutomationCondition } from "@millrace/model/automation/condition";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import type { ComputationOptions } from "../computation/computation.ts";
import type { HandedOver, IoManager } from "../io/io-manager.ts";
import type { SchemaInput } from "./value-schema.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";

/** What an asset may say about itself in the catalog. */
export interface AssetAttributes {
  readonly description?: string;
  /** Default: `default`. Groups may be nested: `marketing/email`. */
  readonly group?: string;
  /** What it is made of or with, such as `duckdb`; at most 10. */
  readonly kinds?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Mail addresses, or teams as `team:name`. */
  readonly owners?: readonly string[];
  readonly metadata?: MetadataRecord;
  /** Changes when the code would make different data from the same inputs. */
  readonly codeVersion?: string;
  /** When it is materialized without anybody asking, see `automation`. */
  readonly automationCondition?: AutomationCondition;
  /**
   * Stands for nothing that is stored, such as a view: what it depends on counts in its place when it is asked what an asset
   * was made from and whether that is still so. Automation conditions may look through it too, see
   * `automation.resolveThroughVirtual`. Default: false.
   */
  readonly isVirtual?: boolean;
  /** How old its last materialization may be, see `freshness`. */
  readonly freshnessPolicy?: FreshnessPolicy;
  /** Keys the asset had before, so that it keeps its history. */
  readonly renamedFrom?: string | readonly string[];
}

/**
 * What may be changed of an asset that is defined already; what is left out stays. `retryPolicy`, `hooks` and `pool` are those of
 * the step that makes it, so of a multi-asset they hold for all of its assets.
 */
export interface AssetChanges<T = unknown>
  extends
    Omit<AssetAttributes, "renamedFrom">,
    Pick<ComputationOptions<undefined, {}>, "retryPolicy" | "hooks" | "pool"> {
  readonly ioManager?: IoManager<HandedOver<T>>;
  /** What its value must be, see `asset`. It takes the place of the schema that there was. */
  readonly schema?: SchemaInput<T>;
}
