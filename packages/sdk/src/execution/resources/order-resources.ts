import { DefinitionError, describeDefinition } from "../../definition/definition-error.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Resource, ResourceMap } from "../../resources/resource.ts";

/**
 * All resources that these need, directly or not, by name, each after those that it needs itself.
 *
 * @throws DefinitionError when a resource needs itself, which a replacement can bring about.
 */
export function orderResources(
  definitions: ResolvedDefinitions,
  maps: readonly ResourceMap[],
): Map<string, Resource> {
  const ordered = new Map<string, Resource>();
  const visiting = new Set<string>();
  const visit = (map: ResourceMap): void => {
    for (const { name } of Object.values(map)) {
      const resource = definitions.resources.get(name);
      if (!resource || ordered.has(name)) continue;
      if (visiting.has(name)) {
        throw new DefinitionError(
          "dependency_cycle",
          `${describeDefinition("resource", name, resource)} needs itself`,
        );
      }
      visiting.add(name);
      visit(resource.resources);
      ordered.set(name, resource);
    }
  };
  for (const map of maps) visit(map);
  return ordered;
}
