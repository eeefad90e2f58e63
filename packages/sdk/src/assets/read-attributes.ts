import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import { parseFreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { parseKinds } from "@millrace/model/kinds";
import { parseOwner } from "@millrace/model/owners";
import { parseDefinitionTag } from "@millrace/model/tags";
import { checkOption } from "../definition/check-option.ts";
import { toDefinitionMetadata, toMetadata } from "../metadata/to-metadata.ts";
import type { AssetAttributes } from "./asset-attributes.ts";
import type { Asset } from "./asset-definition.ts";
import { schemaMetadata } from "./schema-metadata.ts";

/** The group of assets that name none. */
const DEFAULT_GROUP = "default";

/** What an asset says about itself in the catalog, as its definition has it. */
type ReadAttributes = Pick<
  Asset,
  | "description"
  | "group"
  | "kinds"
  | "tags"
  | "owners"
  | "metadata"
  | "codeVersion"
  | "automationCondition"
  | "isVirtual"
  | "freshnessPolicy"
  | "renamedFrom"
>;

/**
 * Reads what an asset says about itself; what it leaves out gets its default. Of the columns that its schema describes the metadata
 * tells, unless it says otherwise.
 *
 * @throws DefinitionError when something of it is not allowed.
 */
export function readAttributes(
  key: AssetKey,
  attributes: AssetAttributes,
  { source, schema }: Pick<Asset, "source" | "schema">,
): ReadAttributes {
  const renamedFrom = attributes.renamedFrom ?? [];
  return {
    description: attributes.description ?? null,
    group: attributes.group ?? DEFAULT_GROUP,
    ...checkAttributes(key, attributes, source),
    owners: attributes.owners ?? [],
    isVirtual: attributes.isVirtual ?? false,
    metadata: {
      ...toMetadata(schemaMetadata(schema)),
      ...checkOption("asset", key, source, () => toDefinitionMetadata(attributes.metadata)),
    },
    codeVersion: attributes.codeVersion ?? null,
    renamedFrom: (typeof renamedFrom === "string" ? [renamedFrom] : renamedFrom).map((old) => assetKey(old)),
  };
}

function checkAttributes(
  key: AssetKey,
  attributes: AssetAttributes,
  source: Asset["source"],
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
