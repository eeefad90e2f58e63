import type { AssetQuery } from "./assets.gen.ts";

export type AssetDetails = NonNullable<AssetQuery["asset"]>;
