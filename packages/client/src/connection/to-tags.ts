/** Tags as the user API takes them. */
export function toTags(tags: Readonly<Record<string, string>> = {}): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
