import type { LocationVersionReason } from "./locations.gen.ts";

/** Why a version was made, in words; empty for one older than the history of versions. */
export function describeReason(version: {
  readonly reason: LocationVersionReason | null;
  readonly basedOn: number | null;
}): string {
  switch (version.reason) {
    case "added":
      return "added";
    case "changed":
      return "document changed";
    case "reloaded":
      return "reloaded";
    case "rolled_back":
      return `rolled back to ${version.basedOn}`;
    default:
      return "";
  }
}

/** Where the code of a location's document is: the image, or the folder and the file in it. */
export function describeSource(document: unknown): string {
  const { code } = (document ?? {}) as { readonly code?: Readonly<Record<string, unknown>> };
  if (code === undefined) return "";
  return code["kind"] === "image"
    ? String(code["image"])
    : `${String(code["workingDirectory"])}/${String(code["entry"])}`;
}

/** Whether the code of a location's document is in a folder, whose files change. */
export function isFolder(document: unknown): boolean {
  const { code } = (document ?? {}) as { readonly code?: { readonly kind?: unknown } };
  return code?.kind === "folder";
}
