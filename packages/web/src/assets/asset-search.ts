import { listOf, oneOf, textOf } from "../ui/search-params.ts";

export const ASSET_STATES = ["materialized", "in_progress", "failed", "missing"] as const;
export type AssetState = (typeof ASSET_STATES)[number];

/** What the addresses of the assets list and of the lineage graph say. */
export interface AssetsSearch {
  readonly search?: string;
  readonly group?: string;
  readonly state?: AssetState;
}

export function parseAssetsSearch(search: Record<string, unknown>): AssetsSearch {
  return { ...textOf("search", search), ...textOf("group", search), ...oneOf("state", search, ASSET_STATES) };
}

/** The lineage graph also says which assets are selected; `around` shows one asset with what is up and down from it. */
export interface LineageSearch extends AssetsSearch {
  readonly selected?: readonly string[];
  readonly around?: string;
}

export function parseLineageSearch(search: Record<string, unknown>): LineageSearch {
  return { ...parseAssetsSearch(search), ...listOf("selected", search), ...textOf("around", search) };
}

export const ASSET_TABS = ["overview", "history", "partitions", "checks", "automation"] as const;
export type AssetTab = (typeof ASSET_TABS)[number];

export interface AssetPageSearch {
  readonly tab?: AssetTab;
  readonly partition?: string;
}

export function parseAssetPageSearch(search: Record<string, unknown>): AssetPageSearch {
  return { ...oneOf("tab", search, ASSET_TABS), ...textOf("partition", search) };
}
