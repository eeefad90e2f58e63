/**
 * Reads JSON as Python writes it: with the numbers `NaN` and `Infinity`, which JSON has not. They become text. Undefined
 * when it is no JSON at all.
 */
export function parsePythonJson(text: string): unknown {
  return parse(text) ?? parse(text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, quoteNumber));
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoteNumber(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`;
}
