import { create } from "@bufbuild/protobuf";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { RunSelection } from "@millrace/model/runs/run-target";
import { divideIntoSteps, type AssetSteps, type StepAsset } from "@millrace/model/steps/asset-steps";
import { InseparableSteps, type StepPart } from "@millrace/model/steps/split-steps";
import {
  JobStepSchema,
  StepSourceSchema,
  type Asset,
  type Job,
  type JobStep,
  type LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/**
 * The steps of a run of assets where one of them is run in parts: which ones there are depends on what the run is asked for, and is
 * what its worker makes of it. They stand after those they wait for.
 *
 * @returns null for a job whose steps are all whole, whatever is asked for.
 */
export function divideJobSteps(
  snapshot: LocationSnapshot,
  job: Job,
  selection: Omit<RunSelection, "stepSelection">,
): JobStep[] | null {
  if (!job.steps.some(({ partOf }) => partOf !== undefined)) return null;
  const divided = divideSelection(snapshot, job, selection);
  if (divided === null) return null;
  const own = new Map(job.steps.map((step) => [step.key, step]));
  const upstreamOf = divided.listUpstream();
  return divided.parts.flatMap((part) => {
    const upstream = upstreamOf.get(part.key) ?? [];
    const known = own.get(part.key);
    // The job knows better which ops a part needs than can be told from its other parts.
    const isKnown = known !== undefined && sameKeys(known.assetKeys, part.members);
    const ops = listOps(job, isKnown ? part.key : null, part);
    const template = own.get(part.stepKey);
    if (template === undefined) return [];
    const isWhole = template.partOf === undefined;
    return [
      ...ops.map((op) => create(JobStepSchema, { ...op, upstream: [...op.upstream, ...upstream] })),
      create(JobStepSchema, {
        ...template,
        key: part.key,
        upstream: [...upstream, ...ops.map(({ key }) => key)],
        ...(isWhole ? {} : { partOf: part.stepKey, assetKeys: [...part.members] }),
      }),
    ];
  });
}

/** What a worker of these definitions makes of a selection; null when it could make nothing of it. */
function divideSelection(
  snapshot: LocationSnapshot,
  job: Job,
  { assetSelection, checkSelection }: Omit<RunSelection, "stepSelection">,
): AssetSteps | null {
  const assets = new Map(snapshot.assets.map((asset) => [asset.key, asset]));
  const observes = job.name !== ASSET_JOB;
  const ofJob = job.assetKeys.filter((key) => observes || assets.get(key)?.observable === false);
  const asked = assetSelection ?? (checkSelection === null ? ofJob : []);
  const askedFor = new Set(asked);
  const made = asked.flatMap((key) => assets.get(key) ?? []);
  const together = new Set(made.flatMap(({ executionSet }) => executionSet ?? []));
  const along = snapshot.assets.filter(
    ({ key, executionSet }) => !askedFor.has(key) && executionSet !== undefined && together.has(executionSet),
  );
  const makers = new Set(snapshot.assets.map(({ stepKey }) => stepKey));
  const inJob = new Set(job.checkKeys);
  const wanted = checkSelection && new Set(checkSelection);
  const checks = snapshot.checks
    .map((check) => ({ ...check, name: `${check.assetKey}:${check.name}` }))
    .filter(({ stepKey }) => !makers.has(stepKey));
  const evaluated = checks.filter(({ name, assetKey }) =>
    wanted === null
      ? inJob.has(name) && (assetSelection === null || askedFor.has(assetKey))
      : wanted.has(name),
  );
  const checkSteps = new Set(checks.map(({ stepKey }) => stepKey));
  try {
    return divideIntoSteps({
      assets: made.map(toStepAsset),
      madeAlong: along.map(toStepAsset),
      checks: evaluated.map(({ name, assetKey, stepKey, blocking, additionalDependencies }) => ({
        name,
        assetKey,
        stepKey,
        blocking,
        deps: [assetKey, ...additionalDependencies],
      })),
      isStepKey: (key) => makers.has(key) || checkSteps.has(key),
      findVirtualDeps(key) {
        const asset = assets.get(key);
        return asset?.virtual === true ? dependencyKeys(asset) : null;
      },
    });
  } catch (error) {
    if (error instanceof InseparableSteps) return null;
    throw error;
  }
}

function toStepAsset(asset: Asset): StepAsset {
  const { key, stepKey, executionSet, partitions, backfillPolicy } = asset;
  const canSubset = executionSet === undefined;
  const likeness = canSubset ? JSON.stringify([partitions?.json ?? null, backfillPolicy ?? null]) : "";
  return { key, stepKey, canSubset, likeness, deps: dependencyKeys(asset) };
}

function dependencyKeys({ dependencies }: Asset): string[] {
  return dependencies.map(({ key }) => key);
}

/**
 * The ops in the graph of a part's step, under the keys that they have in this part.
 *
 * @param knownPart The part of the job that has the same assets; null: of all its parts.
 */
function listOps(job: Job, knownPart: string | null, part: StepPart): JobStep[] {
  const ops = new Map<string, JobStep>();
  for (const op of job.steps) {
    if (op.kind !== "op") continue;
    const whole = op.partOf ?? op.key;
    if (!whole.startsWith(`${part.stepKey}.`)) continue;
    const path = whole.slice(part.stepKey.length);
    const prefix = op.key.slice(0, op.key.length - path.length);
    if ((knownPart !== null && prefix !== knownPart) || ops.has(path)) continue;
    const rename = (key: string): string => part.key + key.slice(prefix.length);
    const { mappedOver } = op;
    const source = mappedOver && { ...mappedOver, stepKey: rename(mappedOver.stepKey) };
    ops.set(
      path,
      create(JobStepSchema, {
        ...op,
        key: rename(op.key),
        upstream: op.upstream.filter((key) => key.startsWith(`${prefix}.`)).map(rename),
        ...(source === undefined ? {} : { mappedOver: create(StepSourceSchema, source) }),
      }),
    );
  }
  return [...ops.values()];
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key) => other.includes(key));
}
