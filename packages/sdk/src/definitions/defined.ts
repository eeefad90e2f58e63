import type { Asset } from "../assets/asset-definition.ts";
import type { MultiAsset } from "../assets/create-multi-asset.ts";
import type { Job } from "../jobs/job.ts";
import type { Definitions } from "./gathered.ts";

/**
 * The assets of a code location, as far as the types know them: of what `definitions({ … })` returned, or of the module that
 * exports them (`typeof import("./definitions.ts")`).
 */
export type AssetsOf<D> = AssetsIn<Gathered<D>>;

/** The jobs of a code location, as far as the types know them; one that only a schedule or sensor names is not among them. */
export type JobsOf<D> = JobsIn<Gathered<D>>;

/** The assets among definitions, also in lists and in what gathers them. */
export type AssetsIn<T> = T extends Asset
  ? T
  : T extends MultiAsset<infer A>
    ? A[keyof A]
    : T extends Definitions<infer A>
      ? A
      : T extends readonly (infer Item)[]
        ? AssetsIn<Item>
        : never;

/** The jobs among definitions, also in lists and in what gathers them. */
export type JobsIn<T> = T extends Job
  ? T
  : T extends Definitions<Asset, infer J>
    ? J
    : T extends readonly (infer Item)[]
      ? JobsIn<Item>
      : never;

/** What counts of a module: what gathers definitions when it exports that, else everything that it exports. */
type Gathered<D> = D extends Definitions
  ? D
  : [Extract<D[keyof D], Definitions>] extends [never]
    ? D[keyof D]
    : Extract<D[keyof D], Definitions>;
