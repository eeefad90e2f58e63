import { computeDataVersion } from "@millrace/model/data-versions/compute-data-version";
import { INITIAL_DATA_VERSION, type DataVersionRecord, type Provenance } from "@millrace/model/data-version";
import { rootCauses, type StaleCause } from "@millrace/model/data-versions/stale-cause";
import { findStaleness } from "@millrace/model/data-versions/staleness";
import type { VersionFacts } from "@millrace/model/data-versions/version-facts";
import { currentInputVersion, listInputs } from "@millrace/model/data-versions/versioned-inputs";

interface VectorAsset {
  readonly key: string;
  readonly deps: readonly string[];
  readonly code_version?: string | null;
  readonly external?: boolean;
  readonly partitions?: { readonly keys: readonly string[] };
}
type Step =
  | {
      readonly op: "materialize";
      readonly assets: readonly string[];
      readonly run_id: string;
      readonly partition?: string;
      readonly data_versions?: Readonly<Record<string, string>>;
    }
  | { readonly op: "set_code_version"; readonly asset: string; readonly code_version: string | null }
  | { readonly op: "set_deps"; readonly asset: string; readonly deps: readonly string[] }
  | {
      readonly op: "observe" | "report_materialization";
      readonly asset: string;
      readonly partition?: string;
      readonly data_version?: string;
    }
  | { readonly op: "status" };
type DataVersionCase =
  | {
      readonly kind: "compute";
      readonly code_version: string | null;
      readonly input_data_versions: Readonly<Record<string, string>>;
    }
  | { readonly kind: "staleness"; readonly assets: readonly VectorAsset[]; readonly steps: readonly Step[] };

export function runCase(testCase: unknown): unknown {
  const vector = testCase as DataVersionCase;
  if (vector.kind === "compute") return computeDataVersion(vector.code_version, vector.input_data_versions);
  const world = createWorld(vector.assets);
  return vector.steps.flatMap((step) => world.apply(step));
}

function createWorld(vectorAssets: readonly VectorAsset[]): {
  readonly apply: (step: Step) => readonly unknown[];
} {
  const assets = new Map(vectorAssets.map((asset) => [asset.key, asset]));
  const records = new Map<string, DataVersionRecord>();
  const facts: VersionFacts = {
    findAsset: (key) => {
      const asset = assets.get(key);
      return asset
        ? {
            deps: asset.deps,
            codeVersion: asset.code_version ?? null,
            isExternal: asset.external ?? false,
            isPartitioned: asset.partitions !== undefined,
            isVirtual: false,
          }
        : null;
    },
    findRecord: (key, partition) => records.get(`${key}|${partition}`) ?? null,
    dependencyPartitions: (_key, partition) => [partition], // All partitions of the vectors are mapped to their equals.
  };
  // The reference computes versions from observations of external assets, but gives its staleness none: there an
  // observation never makes anything stale, and what was computed from one stays stale. `findStaleness` judges by the
  // records it is given, so here it is given the same.
  const factsForStatus: VersionFacts = {
    ...facts,
    findRecord: (key, partition) => (assets.get(key)?.external ? null : facts.findRecord(key, partition)),
  };
  const record = (
    key: string,
    partition: string | undefined,
    dataVersion: string,
    provenance: Provenance | null,
  ): void => {
    const newest: DataVersionRecord = { dataVersion, sequence: ++sequence, provenance };
    records.set(`${key}|${partition ?? null}`, newest);
    records.set(`${key}|null`, newest);
  };
  let sequence = 0;
  const materialize = (step: Extract<Step, { op: "materialize" }>): void => {
    for (const key of step.assets) {
      const asset = assets.get(key);
      const codeVersion = asset?.code_version ?? step.run_id;
      const inputDataVersions = Object.fromEntries(
        [...listInputs(facts, key, step.partition ?? null)].map(([dep, input]) => [
          dep,
          currentInputVersion(facts, input),
        ]),
      );
      const dataVersion = step.data_versions?.[key] ?? computeDataVersion(codeVersion, inputDataVersions);
      record(key, step.partition, dataVersion, { codeVersion, inputDataVersions });
    }
  };
  const change = (key: string, more: Partial<VectorAsset>): void => {
    const asset = assets.get(key);
    if (asset) assets.set(key, { ...asset, ...more });
  };
  return {
    apply(step) {
      switch (step.op) {
        case "materialize":
          materialize(step);
          return [];
        case "set_code_version":
          change(step.asset, { code_version: step.code_version });
          return [];
        case "set_deps":
          change(step.asset, { deps: step.deps });
          return [];
        case "observe":
        case "report_materialization":
          record(step.asset, step.partition, step.data_version ?? INITIAL_DATA_VERSION, null);
          return [];
        case "status":
          return [[...assets.values()].flatMap((asset) => statusesOf(factsForStatus, asset))];
      }
    },
  };
}

function statusesOf(facts: VersionFacts, asset: VectorAsset): unknown[] {
  return (asset.partitions?.keys ?? [null]).map((partition) => {
    const { status, dataVersion, causes } = findStaleness(facts, asset.key, partition);
    const roots = rootCauses(causes);
    return {
      asset: asset.key,
      ...(partition !== null && { partition }),
      status,
      data_version: dataVersion,
      ...(causes.length > 0 && { causes: causes.map(causeToVector) }),
      ...(roots.length > 0 && { root_causes: roots.map(causeToVector) }),
    };
  });
}

function causeToVector(cause: StaleCause): unknown {
  const { category, asset, partition, dependency, dependencyPartition, change } = cause;
  return {
    category,
    asset,
    ...(partition !== null && { partition }),
    ...(dependency !== null && { dependency }),
    ...(dependencyPartition !== null && { dependency_partition: dependencyPartition }),
    ...(change !== null && { change }),
  };
}
