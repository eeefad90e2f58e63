import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import { parseFreshnessPolicy, type FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { parseKinds } from "@millrace/model/kinds";
import { parseOwner } from "@millrace/model/owners";
import {
  InvalidBackfillPolicy,
  parseBackfillPolicy,
  type BackfillPolicy,
} from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { parseDefinitionTag } from "@millrace/model/tags";
import { checkKind } from "../definition/check-kind.ts";
import { checkOption } from "../definition/check-option.ts";
import { describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { Asset } from "./asset-definition.ts";

/** The group of assets that name none. */
export const DEFAULT_GROUP = "default";

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
 * Makes the frozen definition of one asset.
 *
 * @throws DefinitionError when an attribute is not allowed.
 */
export function createAsset(
  key: AssetKey,
  attributes: AssetAttributes,
  rest: Pick<Asset, "checks" | "dependencies" | "computation" | "ioManager" | "source"> & {
    readonly partitions: PartitionsDefinition | undefined;
    readonly backfillPolicy?: BackfillPolicy | undefined;
  },
): Asset {
  const renamedFrom = attributes.renamedFrom ?? [];
  const checked = checkAttributes(key, attributes, rest);
  if (rest.ioManager !== null)
    checkKind(() => describeDefinition("asset", key, rest), "ioManager", rest.ioManager, "io_manager");
  return Object.freeze({
    [DEFINITION]: "asset",
    key,
    description: attributes.description ?? null,
    group: attributes.group ?? DEFAULT_GROUP,
    ...checked,
    owners: attributes.owners ?? [],
    isVirtual: attributes.isVirtual ?? false,
    metadata: toMetadata(attributes.metadata),
    codeVersion: attributes.codeVersion ?? null,
    renamedFrom: (typeof renamedFrom === "string" ? [renamedFrom] : renamedFrom).map((old) => assetKey(old)),
    ...rest,
    backfillPolicy: checkBackfillPolicy(key, rest),
  } as const);
}

function checkBackfillPolicy(
  key: AssetKey,
  rest: {
    readonly source: Asset["source"];
    readonly partitions: PartitionsDefinition | undefined;
    readonly backfillPolicy?: BackfillPolicy | undefined;
  },
): BackfillPolicy | null {
  return checkOption("asset", key, rest.source, () => {
    const policy = parseBackfillPolicy(rest.backfillPolicy);
    if (policy === null || rest.partitions !== undefined) return policy;
    throw new InvalidBackfillPolicy("It has a backfill policy but no partitions: a run can't make several");
  });
}

function checkAttributes(
  key: AssetKey,
  attributes: AssetAttributes,
  { source }: Pick<Asset, "source">,
): Pick<Asset, "kinds" | "tags" | "automationCondition" | "freshnessPolicy"> {
  return checkOption("asset", key, source, () => {
    for (const owner of attributes.owners ?? []) parseOwner(owner);
    const tags = Object.entries(attributes.tags ?? {}).map(([name, value]) => [
      name,
      parseDefinitionTag(name, value),
    ]);
    const { automationCondition, freshnessPolicy } = attributes;
    return {
      kinds: parseKinds(attributes.kinds ?? []),
      tags: Object.fromEntries(tags) as Asset["tags"],
      automationCondition:
        automationCondition === undefined ? null : parseAutomationCondition(automationCondition),
      freshnessPolicy: freshnessPolicy === undefined ? null : parseFreshnessPolicy(freshnessPolicy),
    };
  });
}
