import type { AssetKey } from "@millrace/model/asset-key";
import {
  InvalidBackfillPolicy,
  parseBackfillPolicy,
  type BackfillPolicy,
} from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { checkKind } from "../definition/check-kind.ts";
import { checkOption } from "../definition/check-option.ts";
import { describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { AssetAttributes, AssetChanges } from "./asset-attributes.ts";
import type { Asset } from "./asset-definition.ts";
import { changeOne } from "./change-asset.ts";
import { readAttributes } from "./read-attributes.ts";
import { parseSchema, type SchemaInput, withSchemaCheck } from "./value-schema.ts";

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
    readonly schema?: SchemaInput | undefined;
  },
): Asset {
  const { schema, checks } = checkOption("asset", key, rest.source, () => {
    const said = parseSchema(rest.schema);
    return { schema: said, checks: withSchemaCheck(rest.checks, said) };
  });
  const read = readAttributes(key, attributes, { source: rest.source, schema });
  if (rest.ioManager !== null)
    checkKind(() => describeDefinition("asset", key, rest), "ioManager", rest.ioManager, "io_manager");
  return Object.freeze({
    [DEFINITION]: "asset",
    key,
    ...read,
    ...rest,
    schema,
    checks,
    backfillPolicy: checkBackfillPolicy(key, rest),
    with: changeThis,
  } as const);
}

function changeThis(this: Asset, changes: AssetChanges): Asset {
  return changeOne(this, changes);
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
