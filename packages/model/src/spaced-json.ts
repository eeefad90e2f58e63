/**
 * JSON text in the form that Dagster stores: a space after each `,` and `:`, and ASCII only. Values that are compared as
 * text, such as run tags and stored asset keys, have to be written in one form everywhere.
 */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${asciiText(name)}: ${spacedJson(field)}`).join(", ")}}`;
  }
  return typeof value === "string" ? asciiText(value) : (JSON.stringify(value) ?? "null");
}

function asciiText(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
