import { DEFINITION, definitionKind } from "../definition/definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import { valueResource, type Resource } from "../resources/resource.ts";

/** A resource or IO manager that takes the place of another one, made by `standIn`. */
export interface StandIn<D extends Resource | IoManager = Resource | IoManager> {
  /** The name that it takes the place of. */
  readonly name: string;
  readonly by: D;
}

/**
 * Says by value what takes the place of a resource or an IO manager, in `definitions({ resources, ioManagers })` and in tests. A
 * resource may be given as a value of its type.
 *
 * @example
 * const rates = resource("rates", { setup: () => ({ of: async (day: string) => day.length }) });
 * const euros = asset("euros", { resources: { rates } }, ({ resources }) => resources.rates.of("2026-01-01"));
 * const result = await materialize([euros], { resources: [standIn(rates, { of: async () => 2 })] });
 * expect(result.value(euros)).toBe(2);
 */
export function standIn<T>(original: IoManager<T>, by: IoManager<NoInfer<T>>): StandIn<IoManager>;
export function standIn<T>(original: Resource<T>, by: NoInfer<T> | Resource<NoInfer<T>>): StandIn<Resource>;
export function standIn(original: Resource | IoManager, by: unknown): StandIn {
  const { name } = original;
  if (original[DEFINITION] === "io_manager") return Object.freeze({ name, by: by as IoManager });
  return Object.freeze({ name, by: toResource(name, by) });
}

/** A resource as it is; any other value as a resource that is this value. */
export function toResource(name: string, value: unknown): Resource {
  return definitionKind(value) === "resource" ? (value as Resource) : valueResource(name, value);
}

/** What stands in for what, by name: as it was given, or from a list of stand-ins. */
export function byName<T>(
  given: Readonly<Record<string, T>> | readonly StandIn[] = {},
): Readonly<Record<string, T>> {
  if (!isStandIns(given)) return given;
  return Object.fromEntries(given.map(({ name, by }) => [name, by as T]));
}

/** The names in a list of stand-ins. They were said by value, so that nothing can be misspelled, and nothing need use them. */
export function namesByValue(
  given: Readonly<Record<string, unknown>> | readonly StandIn[] = {},
): readonly string[] {
  return isStandIns(given) ? given.map(({ name }) => name) : [];
}

/** Whether stand-ins were given by value. */
export function isStandIns<S extends StandIn>(given: object | readonly S[]): given is readonly S[] {
  return Array.isArray(given);
}
