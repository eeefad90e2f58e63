import type { AssetComputation } from "../assets/asset-definition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { Resource, ResourceMap } from "../resources/resource.ts";
import type { Computation } from "../computation/computation.ts";
import type { Definitions } from "./gathered.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";

/** The name of the IO manager for all assets and ops that name none. */
export const DEFAULT_IO_MANAGER = "default";

interface ResolvedResources {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly ioManagers: ReadonlyMap<string, IoManager>;
}

/**
 * Finds every resource and IO manager that anything needs, with replacements in place of what they replace.
 *
 * @throws DefinitionError when two different ones share a name and no replacement decides between them.
 */
export function resolveResources(
  definitions: Definitions,
  computations: readonly AssetComputation[],
  defaultIoManager: IoManager,
): ResolvedResources {
  const ioManagers = new Map(Object.entries(definitions.ioManagers));
  const usedManagers = new Set([DEFAULT_IO_MANAGER]);
  const addIoManager = (name: string, manager: IoManager): void => {
    usedManagers.add(name);
    if (name in definitions.ioManagers) return;
    const other = ioManagers.get(name);
    if (other && other !== manager) throw conflict("IO manager", name, other, manager);
    ioManagers.set(name, manager);
  };
  for (const computation of computations) {
    for (const { ioManager } of computation.outputs.values()) {
      if (ioManager) addIoManager(ioManager.name, ioManager);
    }
  }
  // Those of assets that are made elsewhere load values only.
  for (const { ioManager } of definitions.assets) if (ioManager) usedManagers.add(ioManager.name);
  if (!ioManagers.has(DEFAULT_IO_MANAGER)) ioManagers.set(DEFAULT_IO_MANAGER, defaultIoManager);

  const resources = new Map<string, Resource>();
  const usedResources = new Set<string>();
  const pending: ResourceMap[] = [
    definitions.resources,
    ...computations.flatMap(listResources),
    ...computations.flatMap(({ graph }) => (graph === null ? [] : listGraphResources(graph))),
    ...[...new Set(definitions.checks.map((check) => check.computation))].flatMap(listResources),
    ...definitions.jobs.flatMap((job) =>
      job.target.kind === "ops" ? listGraphResources(job.target.body) : [],
    ),
    ...definitions.jobs.flatMap((job) => job.hooks.map((hook) => hook.resources)),
    ...definitions.ops.flatMap(listResources),
    ...definitions.schedules.map((schedule) => schedule.resources),
    ...definitions.sensors.map((sensor) => sensor.resources),
    ...[...ioManagers.values()].map((manager) => manager.resources),
  ];
  // Resources that others need are added to the list while it is walked.
  for (const map of pending) {
    for (const [key, resource] of Object.entries(map)) {
      const isGiven = map === definitions.resources;
      const name = isGiven ? key : resource.name;
      if (!isGiven) usedResources.add(name);
      const replacement = definitions.resources[name];
      const chosen = replacement ?? resource;
      const other = resources.get(name);
      if (other === chosen) continue;
      if (other) throw conflict("resource", name, other, chosen);
      resources.set(name, chosen);
      pending.push(chosen.resources);
    }
  }
  for (const manager of ioManagers.values()) requireOwnName(manager, resources.get(manager.name));
  refuseUnused("resource", definitions, definitions.resources, usedResources, pending);
  refuseUnused("IO manager", definitions, definitions.ioManagers, usedManagers, []);
  return { resources, ioManagers };
}

/** A name that nothing has was misspelled: what it was to take the place of would go on being used. */
function refuseUnused(
  what: string,
  definitions: Definitions,
  given: Readonly<Record<string, unknown>>,
  used: ReadonlySet<string>,
  maps: readonly ResourceMap[],
): void {
  const name = Object.keys(given).find(
    (each) => !used.has(each) && !definitions.unusedAllowed.includes(each),
  );
  if (name === undefined) return;
  const meant = maps.find((map) => map !== given && Object.hasOwn(map, name))?.[name];
  const hint =
    meant === undefined
      ? `The names in use are: ${[...used].sort().join(", ") || "none"}`
      : `"${name}" is what code calls ${describeDefinition(what, meant.name, meant)}, whose name is "${meant.name}"`;
  throw new DefinitionError(
    "unknown_resource",
    `Nothing uses ${what === "resource" ? "a resource" : "an IO manager"} of the name "${name}", so what is given for it would take nothing's place. ${hint}. With standIn(…) it is said by value`,
  );
}

function listGraphResources(body: GraphBody): ResourceMap[] {
  return body.invocations.flatMap(({ definition, hooks }) => [
    ...("body" in definition ? listGraphResources(definition.body) : listResources(definition)),
    ...hooks.map((hook) => hook.resources),
  ]);
}

function listResources(computation: Computation): ResourceMap[] {
  return [computation.resources, ...computation.hooks.map((hook) => hook.resources)];
}

/** Run config addresses resources and IO managers by name alone. */
function requireOwnName(manager: IoManager, resource: Resource | undefined): void {
  if (!resource || (manager.config === null && resource.config === null)) return;
  const { name } = manager;
  throw new DefinitionError(
    "conflicting_resources",
    `An IO manager and a resource are both called "${name}", and run config could not tell them apart: ${describeDefinition("IO manager", name, manager)} and ${describeDefinition("resource", name, resource)}. Rename one`,
  );
}

function conflict(
  what: string,
  name: string,
  one: Resource | IoManager,
  other: Resource | IoManager,
): DefinitionError {
  return new DefinitionError(
    "conflicting_resources",
    `Two different definitions are called ${what} "${name}": ${describeDefinition(what, name, one)} and ${describeDefinition(what, name, other)}. Rename one, or name the one to use in definitions({ … })`,
  );
}
