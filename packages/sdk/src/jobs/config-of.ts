import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import type { RunConfig } from "@millrace/model/config/run-config";
import type { Asset } from "../assets/asset-definition.ts";
import type { MultiAsset } from "../assets/create-multi-asset.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { MultiAssetCheck } from "../checks/multi-asset-check.ts";
import type { ConfigInputOf, ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { GraphDefinition } from "../graphs/graph-definition.ts";
import type { OpDefinition } from "../graphs/op-definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Resource } from "../resources/resource.ts";

const SECTIONS = ["ops", "resources"] as const;

/** What one definition gets of a run's config, made by `configOf`. */
export interface ConfigEntry {
  /** Where a run config has it. */
  readonly section: (typeof SECTIONS)[number];
  /** Its name there: the key of a step, or the name of a resource or IO manager. */
  readonly name: string;
  readonly config: unknown;
}

/** A run config: as the document it is, or by value, see `configOf`. Of two entries for the same thing the last one holds. */
export type RunConfigInput = RunConfig | readonly ConfigEntry[];

/** What config may be given for a definition whose schema is `C`; that of one whose type does not tell may be anything. */
export type ConfigFor<C> = unknown extends C
  ? unknown
  : C extends ConfigSchema
    ? ConfigInputOf<C>
    : "This definition takes no config: its option `config` is where its schema belongs";

type Configurable =
  | Asset
  | MultiAsset
  | AssetCheck
  | MultiAssetCheck
  | OpDefinition
  | GraphDefinition
  | Resource
  | IoManager;

/**
 * Says by value what config a definition gets in a run, so that the compiler holds it to the definition's schema: in run requests
 * of schedules and sensors, in the `config` of jobs and in tests. `env(…)` may stand for any value.
 *
 * @param options.step The key of the step, for an op or a graph that stands within another graph or asset, or was called under an
 * alias: `copy.fetch`. Default: its name.
 *
 * @example
 * const load = op("load", { config: z.object({ table: z.string() }) }, ({ config }) => config.table);
 * const loading = job("loading", () => void load());
 * export const nightly = schedule("nightly", { cron: "0 3 * * *", job: loading }, ({ scheduledAt }) =>
 *   runRequest({ runConfig: [configOf(load, { table: `orders_${scheduledAt.getUTCFullYear()}` })] }),
 * );
 *
 * @throws DefinitionError for a definition that takes no config, and a step of what is no op or graph.
 */
export function configOf<C>(
  definition: Configurable & TakesConfig<C>,
  config: ConfigFor<C>,
  options: { readonly step?: string } = {},
): ConfigEntry {
  const { step } = options;
  const kind = definition[DEFINITION];
  const refuse = (problem: string): DefinitionError => {
    const name = "name" in definition ? definition.name : definition.key;
    return new DefinitionError(
      "invalid_option",
      `configOf(…): ${kind.replaceAll("_", " ")} "${name}" ${problem}`,
    );
  };
  const found = findPlace(definition);
  if (found === null) throw refuse("takes no config");
  if (step === undefined) return Object.freeze({ ...found, config });
  if (kind !== "op" && kind !== "graph") throw refuse(`has one place: leave \`step: "${step}"\` out`);
  return Object.freeze({ ...found, name: step, config });
}

/** Where a run config has the config of a definition; null: it takes none. */
function findPlace(definition: Configurable): Pick<ConfigEntry, "section" | "name"> | null {
  const inStep = (name: string, config: ConfigSchema | null) =>
    config === null ? null : ({ section: "ops", name } as const);
  switch (definition[DEFINITION]) {
    case "asset":
    case "asset_check": {
      const { computation } = definition;
      return computation && inStep(computation.stepKey, computation.config);
    }
    case "multi_asset":
    case "multi_asset_check": {
      const [first] = Object.values("assets" in definition ? definition.assets : definition.checks);
      return inStep(definition.name, first?.computation?.config ?? null);
    }
    case "op":
      return inStep(definition.name, definition.config);
    case "graph":
      return inStep(definition.name, definition.configMapping?.config ?? null);
    case "resource":
    case "io_manager":
      return definition.config === null ? null : { section: "resources", name: definition.name };
  }
}

/**
 * A run config as the document that it is, however it was given.
 *
 * @throws DefinitionError for a list of anything else than what `configOf` returned.
 */
export function toRunConfig(input: RunConfigInput = {}): RunConfig {
  if (!isByValue(input)) return input;
  if (!input.every((entry) => SECTIONS.includes(entry?.section)))
    throw new DefinitionError(
      "invalid_option",
      "Run config is a list of what configOf(definition, { … }) returns, or an object with `ops` and `resources`",
    );
  return input.reduce<RunConfig>(
    (merged, { section, name, config }) => mergeRunConfig(merged, { [section]: { [name]: { config } } }),
    {},
  );
}

/** Whether config was given by value. */
export function isByValue(input: object | readonly ConfigEntry[]): input is readonly ConfigEntry[] {
  return Array.isArray(input);
}
