import type { CheckSpec } from "./check-spec.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { AssetAttributes } from "./create-asset.ts";

declare const specValue: unique symbol;

/** One of the assets that a step makes together; `T` is the type of its value. */
export interface AssetSpec<T = unknown> extends AssetAttributes {
  readonly [specValue]?: T;
  /** Default: its name among the assets. */
  readonly key?: string | readonly string[];
  /** False: the step may leave it out, and what depends on it is skipped. Default: true. */
  readonly required?: boolean;
  readonly ioManager?: IoManager;
  /** Checks of this asset whose results the step returns with it, see `checkSpec`. */
  readonly checks?: readonly CheckSpec[];
}

/** Describes one of the assets of a `multiAsset`, with the type of its value. */
export function assetSpec<T>(attributes: AssetSpec<T> = {}): AssetSpec<T> {
  return attributes;
}

/** The assets that a step makes together, by the names of its outputs. */
export type SpecMap = Readonly<Record<string, AssetSpec>>;
/** The type of the value of an asset that is described so. */
export type SpecValue<S> = S extends AssetSpec<infer T> ? T : never;
