export { dbtAssets, type DbtAssetsOptions, type DbtContext } from "./dbt-assets.ts";
export { DbtManifestUnusable, InvalidDbtAssets } from "./dbt-errors.ts";
export { dbtProject, type DbtProject, type DbtProjectOptions } from "./dbt-project.ts";
export { dbtSourceChecks, type DbtSourceChecksOptions } from "./dbt-source-checks.ts";
export { dbtSourceFreshness, type DbtSourceFreshnessOptions } from "./dbt-source-freshness.ts";
export { dbtSources, type DbtSourcesOptions } from "./dbt-sources.ts";
export type { DbtColumn, DbtManifest, DbtNode, DbtSource } from "./manifest.ts";
export type { DbtTranslation, DbtTranslator } from "./translate.ts";
