import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";

/** Which assets (and checks) a job is about: definitions, or text in the asset selection language. */
export type SelectionInput = string | readonly (Asset | AssetCheck | string)[];
