import { useQuery } from "@tanstack/react-query";
import ELK, { type ELK as Elk } from "elkjs/lib/elk-api.js";
import elkWorkerUrl from "elkjs/lib/elk-worker.min.js?url";
import {
  fromElkGraph,
  layoutInColumns,
  type LineageAsset,
  type LineageDirection,
  type LineageLayout,
  toElkGraph,
} from "./lineage-layout.ts";

/** ELK needs seconds from about a thousand assets on; more than these are laid out in columns, always to the right. */
export const MAX_ELK_ASSETS = 600;

let elk: Elk | null = null;

/** Where everything stands; laid out in a web worker, again only when assets or edges change, not when states do. */
export function useLineageLayout(
  assets: readonly LineageAsset[],
  direction: LineageDirection,
): LineageLayout | null {
  const shape = assets.map((asset) => [asset.key, asset.group, asset.dependencies]);
  const { data } = useQuery({
    queryKey: ["lineage layout", direction, shape],
    queryFn: () => layout(assets, direction),
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
  return data ?? null;
}

async function layout(assets: readonly LineageAsset[], direction: LineageDirection): Promise<LineageLayout> {
  if (assets.length > MAX_ELK_ASSETS) return layoutInColumns(assets);
  elk ??= new ELK({ workerUrl: elkWorkerUrl });
  return fromElkGraph(await elk.layout(toElkGraph(assets, direction)));
}
