import { createLooks } from "../ui/tone.ts";
import type { AssetState } from "./assets.gen.ts";

/** How the state of an asset, or of one of its partitions, is shown. */
export const lookOfAsset = createLooks<AssetState>({
  missing: { label: "Never materialized", tone: "idle", active: false },
  materialized: { label: "Materialized", tone: "good", active: false },
  failed: { label: "Failed", tone: "bad", active: false },
  in_progress: { label: "In progress", tone: "live", active: true },
});
