import { checkSpec, type CheckSpec } from "millrace";
import { isAssetNode, parentsOf, type DbtManifest, type DbtNode } from "./manifest.ts";

/** A test of dbt that checks an asset. */
export interface DbtTest {
  readonly id: string;
  readonly fqn: readonly string[];
  /** The id of the node that it checks. */
  readonly nodeId: string;
  readonly check: CheckSpec;
}

/**
 * The tests that check nodes. A test of several nodes checks the one that it is written at; one that is written at none that is an
 * asset, such as a file of its own, checks the last of them, so that all are there when it runs. Tests of sources alone are not
 * among them.
 *
 * @param isChecked Whether the node with this id is an asset that checks may belong to.
 */
export function testsOf(manifest: DbtManifest, isChecked: (id: string) => boolean): readonly DbtTest[] {
  const tests = Object.values(manifest.nodes).filter(({ resource_type }) => resource_type === "test");
  const found = tests.flatMap((test) => {
    const nodeId = checkedBy(manifest, test);
    return nodeId === undefined || !isChecked(nodeId) ? [] : [{ test, nodeId }];
  });
  const unitTests = Object.values(manifest.unit_tests).flatMap(({ depends_on, ...test }) => {
    const [nodeId] = depends_on.nodes;
    return nodeId === undefined || !isChecked(nodeId) ? [] : [{ test: { ...test, config: {} }, nodeId }];
  });
  return [...found, ...unitTests].map(({ test, nodeId }) => ({
    id: test.unique_id,
    fqn: test.fqn,
    nodeId,
    // A test reads the whole table, whichever partitions of it were just made.
    check: checkSpec(checkNameOf(test), { ...describeTest(test), partitions: "none" }),
  }));
}

/** The name of the check that a test is: names that people give to tests may have characters that those of checks may not. */
export function checkNameOf({ name }: { readonly name: string }): string {
  return name.replaceAll(/[^\w.-]/g, "_");
}

/** What is said of the check that a test is. */
export function describeTest(
  test: Pick<DbtNode, "unique_id" | "description"> & { readonly config: Partial<DbtNode["config"]> },
) {
  const severity = severityOf(test.config);
  return {
    ...(test.description ? { description: test.description } : {}),
    severity,
    // As in dbt: what is below a table whose test fails is not built.
    blocking: severity === "ERROR",
    metadata: { dbt_id: test.unique_id },
  };
}

function checkedBy(manifest: DbtManifest, test: DbtNode): string | undefined {
  const attached = manifest.nodes[test.attached_node ?? ""];
  if (attached && isAssetNode(attached)) return attached.unique_id;
  return lastOf(
    manifest,
    [...parentsOf(manifest, test)].filter((id) => id in manifest.nodes),
  );
}

function severityOf(config: Partial<DbtNode["config"]>): "ERROR" | "WARN" {
  return config.severity?.toUpperCase() === "WARN" ? "WARN" : "ERROR";
}

/** Of several nodes one that none of the others is made from. */
function lastOf(manifest: DbtManifest, ids: readonly string[]): string | undefined {
  return (
    ids.find((id) => !ids.some((other) => other !== id && ancestorsOf(manifest, other).has(id))) ?? ids[0]
  );
}

function ancestorsOf(manifest: DbtManifest, id: string, found = new Set<string>()): ReadonlySet<string> {
  for (const parent of manifest.nodes[id]?.depends_on.nodes ?? []) {
    if (found.has(parent)) continue;
    found.add(parent);
    ancestorsOf(manifest, parent, found);
  }
  return found;
}
