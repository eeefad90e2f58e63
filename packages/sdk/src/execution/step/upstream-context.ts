import { assetKey } from "@millrace/model/asset-key";
import type { VersionProvenance } from "@millrace/model/data-version";
import type { UpstreamContext } from "../../assets/asset-context.ts";
import { toMaterialization } from "../../context/upstream-materialization.ts";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { RunScope } from "../scope/run-scope.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";

/** What the code of a step may ask about assets. */
export function upstreamContextOf(scope: RunScope, step: StepScope): UpstreamContext {
  const { planned } = step;
  return {
    upstream(asset) {
      const key = typeof asset === "string" ? assetKey(asset) : asset.key;
      if (!planned.dependencies.some((dependency) => dependency.key === key)) {
        const known = planned.dependencies.map((dependency) => dependency.key).join(", ");
        throw new InvalidStepResult(
          `Step "${step.key}" asks for "${key}", which it does not depend on; it depends on: ${known || "nothing"}`,
        );
      }
      const event = scope.assets.findUpstream(planned, key);
      return event && toMaterialization(event);
    },
    findProvenance: () => findProvenance(scope, step),
  };
}

async function findProvenance(
  scope: RunScope,
  { planned, log }: StepScope,
): Promise<Record<string, VersionProvenance | null>> {
  const keys = planned.outputs.flatMap(({ name, asset }) =>
    asset && planned.selectedOutputs.has(name) ? [asset.key] : [],
  );
  const partition = planned.partitionKey;
  const states = await scope.instance
    .findAssetStates(keys.map((key) => ({ assetKey: key, partition })))
    .catch((error: unknown) => {
      log.warning(
        `What the assets were last made from is unknown to this run: ${toErrorInfo(error).message}`,
      );
      return [];
    });
  return Object.fromEntries(
    keys.map((key, index) => [key, states[index]?.materialization?.provenance ?? null]),
  );
}
