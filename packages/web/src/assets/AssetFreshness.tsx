import { Stack } from "@mantine/core";
import { Facts } from "../ui/Facts.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { formatExact } from "../ui/time-format.ts";
import { createLooks } from "../ui/tone.ts";
import type { AssetDetails } from "./asset-details.ts";
import type { FreshnessState } from "./assets.gen.ts";
import { describeFreshnessPolicy } from "./describe-freshness-policy.ts";

const lookOfFreshness = createLooks<FreshnessState>({
  PASS: { label: "Fresh", tone: "good", active: false },
  WARN: { label: "Getting old", tone: "warn", active: false },
  FAIL: { label: "Too old", tone: "bad", active: false },
  UNKNOWN: { label: "Never materialized", tone: "idle", active: false },
});

/** How old an asset may get, how fresh it is, when time alone may change that next, and how it was before. */
export function AssetFreshness({ asset }: { readonly asset: AssetDetails }) {
  const { freshnessPolicy, freshness, freshnessChanges } = asset;
  const nextChangeAt = freshness?.nextChangeAt ?? null;
  return (
    <Stack gap={8}>
      <Facts
        facts={[
          ["Policy", describeFreshnessPolicy(freshnessPolicy)],
          ["Now", <StateTag key="now" look={lookOfFreshness(freshness?.state ?? "UNKNOWN")} />],
          ["Next deadline", nextChangeAt === null ? null : formatExact(new Date(nextChangeAt))],
        ]}
      />
      <Stack gap={4} fz="sm" role="list" aria-label="Changes of freshness">
        {freshnessChanges.map((change) => (
          <div key={change.id} role="listitem">
            <StateTag look={lookOfFreshness(change.state)} />{" "}
            <span className="quiet">
              <Age at={change.changedAt} />
            </span>
          </div>
        ))}
      </Stack>
    </Stack>
  );
}
