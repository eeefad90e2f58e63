import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { DEFINITION } from "../definitions/definition.ts";
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
  /** Keys the asset had before, so that it keeps its history. */
  readonly renamedFrom?: string | readonly string[];
}

/** Makes the frozen definition of one asset. */
export function createAsset(
  key: AssetKey,
  attributes: AssetAttributes,
  rest: Pick<Asset, "dependencies" | "computation" | "ioManager" | "source"> & {
    readonly partitions: PartitionsDefinition | undefined;
  },
): Asset {
  const renamedFrom = attributes.renamedFrom ?? [];
  return Object.freeze({
    [DEFINITION]: "asset",
    key,
    description: attributes.description ?? null,
    group: attributes.group ?? DEFAULT_GROUP,
    kinds: attributes.kinds ?? [],
    tags: attributes.tags ?? {},
    owners: attributes.owners ?? [],
    metadata: toMetadata(attributes.metadata),
    codeVersion: attributes.codeVersion ?? null,
    renamedFrom: (typeof renamedFrom === "string" ? [renamedFrom] : renamedFrom).map((old) => assetKey(old)),
    ...rest,
  } as const);
}
