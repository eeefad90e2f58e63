/** The manifest of a dbt project is not there, is older than the project, or can't be read. */
export class DbtManifestUnusable extends Error {
  readonly code = "dbt_manifest_unusable";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DbtManifestUnusable";
  }
}

/** What is said about the assets of a dbt project does not fit the project. */
export class InvalidDbtAssets extends Error {
  readonly code = "invalid_dbt_assets";

  constructor(message: string) {
    super(message);
    this.name = "InvalidDbtAssets";
  }
}
