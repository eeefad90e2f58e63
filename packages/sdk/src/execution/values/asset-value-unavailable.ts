import type { AssetKey } from "@millrace/model/asset-key";
import { ExpectedError } from "@millrace/model/expected-error";

/** An asset's value can not be asked for like this, outside a run. */
export class AssetValueUnavailable extends ExpectedError {
  readonly code = "asset_value_unavailable";

  constructor(key: AssetKey, why: string, options?: ErrorOptions) {
    super(`The value of asset "${key}" can not be loaded: ${why}`, options);
    this.name = "AssetValueUnavailable";
  }
}
