import { builder } from "../../graphql/builder.ts";
import { resultType } from "../../graphql/expected-failure.ts";
import { InvalidInput } from "../../graphql/invalid-input.ts";
import { setAssetArchived } from "./archive-asset.ts";
import { wipeAsset } from "./wipe-asset.ts";

interface ChangedAsset {
  readonly key: string;
}

const ChangedAssetType = builder
  .objectRef<ChangedAsset>("AssetChanged")
  .implement({ fields: (t) => ({ key: t.exposeString("key") }) });

const WipeAssetResult = resultType("WipeAssetResult", ChangedAssetType, [InvalidInput]);
const ArchiveAssetResult = resultType("ArchiveAssetResult", ChangedAssetType, [InvalidInput]);

builder.mutationFields((t) => ({
  wipeAsset: t.field({
    access: { action: "asset.wipe", audit: ["key", "partitionKeys"] },
    type: WipeAssetResult.type,
    description:
      "Forgets what has happened to an asset, or to some of its partitions. Stored values and runs stay.",
    args: { key: t.arg.string({ required: true }), partitionKeys: t.arg.stringList() },
    resolve: (_root, { key, partitionKeys }, { db, deploymentId }) =>
      WipeAssetResult.of(async () => {
        await wipeAsset(db, deploymentId, key, partitionKeys ?? null);
        return { key };
      }),
  }),
  archiveAsset: t.field({
    access: { action: "asset.archive", audit: ["key", "archived"] },
    type: ArchiveAssetResult.type,
    description:
      "Puts an asset that no code location defines any more out of sight, or back. Its history is kept.",
    args: {
      key: t.arg.string({ required: true }),
      archived: t.arg.boolean({ required: true, defaultValue: true }),
    },
    resolve: (_root, { key, archived }, { db, deploymentId }) =>
      ArchiveAssetResult.of(async () => {
        await setAssetArchived(db, deploymentId, key, archived);
        return { key };
      }),
  }),
}));
