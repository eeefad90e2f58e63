import { splitSteps, type StepMember, type StepPart } from "./split-steps.ts";

/** An asset as far as the steps of a run go. */
export interface StepAsset {
  readonly key: string;
  readonly stepKey: string;
  /** Whether its step can make some of its assets only. */
  readonly canSubset: boolean;
  /** How it is partitioned, and how many partitions one call makes, as text: one call makes what is alike. */
  readonly likeness: string;
  /** Keys of what it depends on. */
  readonly deps: readonly string[];
}

/** A check that has a step of its own. */
export interface StepCheck {
  /** As `asset_key:name`. */
  readonly name: string;
  readonly assetKey: string;
  readonly stepKey: string;
  readonly blocking: boolean;
  /** Keys of the assets that it depends on, the checked one among them. */
  readonly deps: readonly string[];
}

/** What a run makes and checks, among all that its location defines. */
export interface AssetStepsInput {
  /** The assets that the run is asked for. */
  readonly assets: readonly StepAsset[];
  /** Assets that it is not asked for and that their steps make all the same. */
  readonly madeAlong: readonly StepAsset[];
  readonly checks: readonly StepCheck[];
  /** Whether a step of the location has this key. */
  readonly isStepKey: (key: string) => boolean;
  /** What an asset depends on when it is virtual; null for any other. */
  readonly findVirtualDeps: (key: string) => readonly string[] | null;
}

/** The steps of a run of assets. */
export interface AssetSteps {
  readonly parts: readonly StepPart[];
  /** The part that makes an asset which the run is asked for, by its key, or evaluates a check, by its name. */
  readonly partOf: ReadonlyMap<string, StepPart>;
  /** The blocking checks of an asset that have steps of their own: what is below it waits for them. */
  readonly blockingChecks: ReadonlyMap<string, readonly StepCheck[]>;
  /** Keys of the parts that each part waits for, sorted, by its key: worked out for who asks. */
  readonly listUpstream: () => ReadonlyMap<string, readonly string[]>;
}

/**
 * Says which steps make and check what a run is asked for. A step that can make some of its assets only is cut where others,
 * or a blocking check, come between, and between assets that one call can't make. The parts come in an order in which they can run.
 *
 * @throws InseparableSteps
 */
export function divideIntoSteps(input: AssetStepsInput): AssetSteps {
  const blockingChecks = findBlockingChecks(input.checks);
  const members = listMembers(input, blockingChecks);
  const subsettable = listSubsettable(input.assets);
  const parts = splitSteps(members, (stepKey) => subsettable.has(stepKey), input.isStepKey);
  return toAssetSteps(parts, blockingChecks, () => members);
}

/**
 * The same where each step makes or evaluates one thing: nothing is to be cut. The parts come as what they are for does; who makes a graph
 * of them finds their order, and whether there is one.
 */
export function keepStepsWhole(input: Omit<AssetStepsInput, "madeAlong" | "isStepKey">): AssetSteps {
  const { assets, checks } = input;
  const blockingChecks = findBlockingChecks(checks);
  const parts = [
    ...assets.map(({ key, stepKey }): StepPart => ({ key: stepKey, stepKey, members: [key] })),
    ...checks.map(({ name, stepKey }): StepPart => ({ key: stepKey, stepKey, members: [name] })),
  ];
  return toAssetSteps(parts, blockingChecks, () => listMembers({ ...input, madeAlong: [] }, blockingChecks));
}

/** What the steps make and evaluate, with what of it comes first. */
function listMembers(
  { assets, madeAlong, checks, findVirtualDeps }: Omit<AssetStepsInput, "isStepKey">,
  blockingChecks: AssetSteps["blockingChecks"],
): StepMember[] {
  const stepOf = new Map(assets.map(({ key, stepKey }) => [key, stepKey]));
  const subsettable = listSubsettable(assets);
  const listAskedFor = (deps: readonly string[]): string[] =>
    [...listAwaited(deps, stepOf, findVirtualDeps)].filter((key) => stepOf.has(key));
  return [
    ...[...assets, ...madeAlong].map(({ key, stepKey, likeness, deps }) => {
      const upstream = listAskedFor(deps);
      const held = upstream.flatMap((dep) =>
        // A call that makes both can't wait for a check between them.
        stepOf.get(dep) === stepKey && !subsettable.has(stepKey)
          ? []
          : (blockingChecks.get(dep) ?? []).map(({ name }) => name),
      );
      return { key, stepKey, likeness, upstream: [...upstream, ...held] };
    }),
    ...checks.map(({ name, stepKey, deps }) => ({
      key: name,
      stepKey,
      likeness: "",
      upstream: listAskedFor(deps),
    })),
  ];
}

function listSubsettable(assets: readonly StepAsset[]): ReadonlySet<string> {
  return new Set(assets.flatMap(({ canSubset, stepKey }) => (canSubset ? [stepKey] : [])));
}

function toAssetSteps(
  parts: readonly StepPart[],
  blockingChecks: AssetSteps["blockingChecks"],
  getMembers: () => readonly StepMember[],
): AssetSteps {
  const partOf = new Map(parts.flatMap((part) => part.members.map((key) => [key, part] as const)));
  return {
    parts,
    partOf,
    blockingChecks,
    listUpstream() {
      const upstream = new Map(parts.map(({ key }) => [key, new Set<string>()]));
      for (const { key, upstream: keys } of getMembers()) {
        const own = partOf.get(key)?.key ?? "";
        for (const other of keys) upstream.get(own)?.add(partOf.get(other)?.key ?? own);
      }
      return new Map(
        [...upstream].map(([key, keys]) => {
          keys.delete(key);
          return [key, [...keys].sort()];
        }),
      );
    },
  };
}

/** The blocking ones of checks that have steps of their own, by asset. */
function findBlockingChecks(checks: readonly StepCheck[]): Map<string, StepCheck[]> {
  return Map.groupBy(
    checks.filter(({ blocking }) => blocking),
    ({ assetKey }) => assetKey,
  );
}

/** What is waited for: a virtual asset that the run does not make shows what it depends on itself. */
export function listAwaited(
  deps: readonly string[],
  made: { has(key: string): boolean },
  findVirtualDeps: (key: string) => readonly string[] | null,
): ReadonlySet<string> {
  const keys = new Set(deps);
  // What is added while the set is walked is walked too.
  for (const key of keys) {
    if (made.has(key)) continue;
    for (const behind of findVirtualDeps(key) ?? []) keys.add(behind);
  }
  return keys;
}
