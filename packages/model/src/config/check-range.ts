import type { JsonSchemaObject } from "./json-schema.ts";

export function checkNumber(schema: JsonSchemaObject, value: number, refuse: (reason: string) => void): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && value < minimum) refuse(`must be at least ${minimum}`);
  if (maximum !== undefined && value > maximum) refuse(`must be at most ${maximum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    refuse(`must be more than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    refuse(`must be less than ${exclusiveMaximum}`);
  if (multipleOf !== undefined) {
    const times = value / multipleOf; // 0.3 / 0.1 is not quite 3.
    if (Math.abs(times - Math.round(times)) > 1e-9 * Math.max(1, Math.abs(times)))
      refuse(`must be a multiple of ${multipleOf}`);
  }
}

export function range(min: number, max: number, unit: string): string {
  const units = (count: number): string => `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (max === Infinity) return `at least ${units(min)}`;
  return min === 0 ? `at most ${units(max)}` : `${min} to ${units(max)}`;
}
