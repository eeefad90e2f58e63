import type { Asset } from "../assets/asset-definition.ts";
import { definitionKind, type Definition } from "../definition/definition.ts";
import { formatSourcePosition } from "../definition/source-position.ts";
import type { Schedule } from "../schedules/schedule.ts";
import type { Sensor } from "../sensors/sensor-definition.ts";

/** What belongs to a location wherever it is exported; an op or a graph is used in jobs, a resource by what names it. */
const REGISTERED = new Set([
  "asset",
  "multi_asset",
  "asset_check",
  "multi_asset_check",
  "job",
  "schedule",
  "sensor",
]);
/** What belongs to a location. */
interface Registered {
  readonly assets: readonly Asset[];
  readonly checks: readonly Definition[];
  readonly jobs: readonly Definition[];
  readonly schedules: readonly Schedule[];
  readonly sensors: readonly Sensor[];
}

/** How deep a value is looked into for definitions. */
const MAX_DEPTH = 3;

/**
 * Says of each export of modules that holds definitions, and of which the location knows nothing: it is not among those that the module's
 * `definitions(…)` has, or it stands where nobody looks for it, such as in an object or a promise.
 *
 * @param modules what each module exports, by name.
 * @param definitions everything that belongs to the location.
 */
export function listPassedOver(
  modules: readonly Readonly<Record<string, unknown>>[],
  definitions: Registered,
): string[] {
  const { assets, checks, jobs, schedules, sensors } = definitions;
  const triggered = [...schedules, ...sensors].flatMap((trigger) =>
    "job" in trigger ? [trigger.job] : trigger.jobs,
  );
  const known = new Set<unknown>([...assets, ...checks, ...jobs, ...schedules, ...sensors, ...triggered]);
  // The location may have an asset with other attributes, and of what names it a copy that names the new one.
  const assetKeys = new Set(assets.map(({ key }) => key));
  const sources = new Set(
    [...checks, ...jobs, ...schedules, ...sensors, ...triggered].map(({ source }) => source),
  );
  const isKnown = (definition: Definition): boolean =>
    partsOf(definition).some((part) =>
      isAsset(part)
        ? known.has(part) || assetKeys.has(part.key)
        : known.has(part) || (part.source !== null && sources.has(part.source)),
    );
  return modules.flatMap((exports) =>
    Object.entries(exports).flatMap(([name, value]) => {
      if (known.has(value)) return [];
      const missing = findDefinitions(value).filter((definition) => !isKnown(definition));
      const [first] = missing;
      if (first !== undefined) return [describe(name, value, first, missing.length)];
      return value instanceof Promise
        ? [
            `export "${name}" is a promise: what it holds is not part of the location, await it if that is definitions`,
          ]
        : [];
    }),
  );
}

function describe(name: string, value: unknown, first: Definition, count: number): string {
  const where = formatSourcePosition(first.source);
  if (value === first || Array.isArray(value)) {
    const others = count === 1 ? "" : ` and ${count - 1} more`;
    return `export "${name}" (${where})${others} is not part of the location: add it to definitions({ … })`;
  }
  return `export "${name}" holds definitions (${where}) that are not part of the location: export them by themselves, in an array, or with definitions({ … })`;
}

/** What a location has of a definition: of one that makes several assets or checks, these. */
function partsOf(definition: Definition): readonly Definition[] {
  const { assets, checks } = definition as { readonly assets?: unknown; readonly checks?: unknown };
  const kind = definitionKind(definition);
  if (kind === "multi_asset" && isRecord(assets)) return Object.values(assets) as Definition[];
  if (kind === "multi_asset_check" && isRecord(checks)) return Object.values(checks) as Definition[];
  return [definition];
}

function isAsset(part: Definition): part is Asset {
  return definitionKind(part) === "asset";
}

function findDefinitions(value: unknown, depth = 0): Definition[] {
  const kind = definitionKind(value);
  if (kind !== null) return REGISTERED.has(kind) ? [value as Definition] : [];
  const isPlain =
    isRecord(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  if (depth === MAX_DEPTH || (!isPlain && !Array.isArray(value))) return [];
  return Object.values(value).flatMap((item: unknown) => findDefinitions(item, depth + 1));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
