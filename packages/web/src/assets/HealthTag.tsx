import { StateTag } from "../ui/StateTag.tsx";
import { createLooks } from "../ui/tone.ts";
import type { AssetHealthStatus } from "./assets.gen.ts";

const lookOfHealth = createLooks<AssetHealthStatus>({
  HEALTHY: { label: "Healthy", tone: "good", active: false },
  WARNING: { label: "Warning", tone: "warn", active: false },
  DEGRADED: { label: "Degraded", tone: "bad", active: false },
  UNKNOWN: { label: "Health unknown", tone: "idle", active: false },
  NOT_APPLICABLE: { label: "None", tone: "idle", active: false },
});

/** How an asset stands as a whole; its title says how its materialization, checks and freshness do. */
export function HealthTag({
  health,
}: {
  readonly health: Readonly<Record<"status" | "materialization" | "checks" | "freshness", AssetHealthStatus>>;
}) {
  if (health.status === "UNKNOWN") return null;
  const part = (name: "materialization" | "checks" | "freshness"): string =>
    `${name}: ${lookOfHealth(health[name]).label.toLowerCase()}`;
  return (
    <span title={[part("materialization"), part("checks"), part("freshness")].join("; ")}>
      <StateTag look={lookOfHealth(health.status)} />
    </span>
  );
}
