import type { AssetKey } from "@millrace/model/asset-key";
import { materializeResult, type MaterializeResult } from "../assets/asset-result.ts";
import type { CheckResult } from "../assets/check-result.ts";
import type { StepAsset } from "../computation/step-context.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { PipesCheck, PipesMaterialization, PipesReports } from "./collect-messages.ts";
import type { PipesStepContext } from "./pipes-context.ts";
import { PipesResultMismatch } from "./pipes-errors.ts";
import type { ProcessOutcome } from "./process-outcome.ts";

/** What the asset's own code has to add to what its script reported; it wins where both name the same. */
export interface PipesResultDetails {
  readonly metadata?: MetadataRecord;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A script that ran to its end: what it reported, and the results to return from the step. */
export interface PipesRun<N extends string = never> {
  /** What the script reported of assets. One that it said nothing about is made all the same. */
  readonly materializations: ReadonlyMap<AssetKey, PipesMaterialization>;
  readonly checks: readonly PipesCheck[];
  /** The payloads of its custom messages, in order. */
  readonly customMessages: readonly unknown[];
  /** Lines that are no messages of the protocol, or of methods that it does not have, as they came. */
  readonly unreadableMessages: readonly string[];
  /** What the process wrote; of more than a million characters, the last. */
  readonly stdout: string;
  readonly stderr: string;
  /** The result of the one asset of the step: metadata, data version and checks as the script reported them. */
  materializeResult(details?: PipesResultDetails): MaterializeResult<void>;
  materializeResult<T>(details: PipesResultDetails & { readonly value: T }): MaterializeResult<T>;
  /** The results of a multi-asset, by name, for every asset that it is asked for. */
  materializeResults(details?: PipesResultDetails): { readonly [K in N]?: MaterializeResult<void> };
}

/** Joins what a script reported with how its process ended. */
export function createPipesRun<N extends string>(
  context: PipesStepContext<N>,
  reports: PipesReports,
  { stdout, stderr }: ProcessOutcome,
): PipesRun<N> {
  const { materializations, checks, customMessages, unreadableMessages } = reports;
  const resultOf = <T>(asset: StepAsset, details: PipesResultDetails, value: T): MaterializeResult<T> => {
    const reported = materializations.get(asset.key);
    const { tags = {}, metadata } = details;
    return materializeResult({
      value,
      tags,
      metadata: { ...reported?.metadata, ...metadata },
      ...(typeof reported?.dataVersion === "string" ? { dataVersion: reported.dataVersion } : {}),
      checks: checksOf(checks, asset.key),
    });
  };

  function resultOfOne(details?: PipesResultDetails): MaterializeResult<void>;
  function resultOfOne<T>(details: PipesResultDetails & { readonly value: T }): MaterializeResult<T>;
  function resultOfOne(
    details: PipesResultDetails & { readonly value?: unknown } = {},
  ): MaterializeResult<unknown> {
    const [asset, ...others] = context.assets;
    if (asset === undefined || others.length > 0) {
      throw new PipesResultMismatch(
        asset === undefined
          ? `Step "${context.stepKey}" makes no asset that materializeResult() could be the result of`
          : `Step "${context.stepKey}" makes ${context.assets.length} assets: return materializeResults()`,
      );
    }
    return resultOf(asset, details, details.value);
  }

  return {
    materializations,
    checks,
    customMessages,
    unreadableMessages,
    stdout,
    stderr,
    materializeResult: resultOfOne,
    materializeResults: (details = {}) =>
      Object.fromEntries(
        context.assets.map((asset) => [asset.outputName, resultOf(asset, details, undefined)]),
      ) as { readonly [K in N]?: MaterializeResult<void> },
  };
}

function checksOf(
  checks: readonly PipesCheck[],
  key: AssetKey,
): Readonly<Record<string, CheckResult | boolean>> {
  return Object.fromEntries(
    checks
      .filter((check) => check.assetKey === key)
      .map(({ checkName, passed, severity = "ERROR", metadata = {} }) => [
        checkName,
        { passed, severity, metadata },
      ]),
  );
}
