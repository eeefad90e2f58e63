import { parseVolume, type ContainerSettings } from "./container-settings.ts";

/** Who may say container settings; whoever stands later here has the last word. */
export const CONTAINER_LEVELS = ["agent", "deployment", "location", "job", "run"] as const;
export type ContainerLevel = (typeof CONTAINER_LEVELS)[number];

/** Some container settings, and who says them. */
export interface ContainerLayer {
  readonly from: ContainerLevel;
  readonly settings: ContainerSettings;
}

/** One value of merged settings, and who said it. */
export interface ContainerValue {
  readonly setting: keyof ContainerSettings;
  /** Of a variable or label its name, of a volume its folder in the container; null: the setting is one value. */
  readonly name: string | null;
  readonly value: unknown;
  readonly from: ContainerLevel;
  /** Those who had said another one, the last of them first. */
  readonly overrides: readonly ContainerLevel[];
}

/**
 * What layers come to, each value with who said it. A later layer replaces a value; variables and labels are values by their names,
 * volumes by their folders in the container, so that layers add to these. The list of networks is one value.
 *
 * @param layers from the most general to the most particular one.
 */
export function listContainerValues(layers: readonly ContainerLayer[]): ContainerValue[] {
  const values = new Map<string, ContainerValue>();
  for (const { from, settings } of layers) {
    for (const { setting, name, value } of listValues(settings)) {
      const key = JSON.stringify([setting, name]);
      const before = values.get(key);
      const isSame = before !== undefined && JSON.stringify(before.value) === JSON.stringify(value);
      if (isSame) continue;
      values.delete(key);
      const overrides = before === undefined ? [] : [before.from, ...before.overrides];
      values.set(key, { setting, name, value, from, overrides });
    }
  }
  return [...values.values()];
}

/** What layers come to, see `listContainerValues`. */
export function mergeContainerSettings(layers: readonly ContainerSettings[]): ContainerSettings {
  const values = listContainerValues(layers.map((settings) => ({ from: "agent", settings })));
  const merged: Record<string, unknown> = {};
  for (const { setting, name, value } of values) {
    if (setting === "volumes")
      merged[setting] = [...((merged[setting] as string[] | undefined) ?? []), value];
    else if (name === null) merged[setting] = value;
    else merged[setting] = { ...(merged[setting] as object | undefined), [name]: value };
  }
  return merged;
}

type Said = Pick<ContainerValue, "setting" | "name" | "value">;

function listValues(settings: ContainerSettings): Said[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]): Said[] => {
    const setting = name as keyof ContainerSettings;
    switch (setting) {
      case "volumes":
        return (settings.volumes ?? []).map((volume) => ({
          setting,
          name: parseVolume(volume).target,
          value: volume,
        }));
      case "environment":
      case "labels":
        return Object.entries(settings[setting] ?? {}).map(([key, text]) => ({
          setting,
          name: key,
          value: text,
        }));
      default:
        return [{ setting, name: null, value }];
    }
  });
}
