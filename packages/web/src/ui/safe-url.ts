/** A link that is safe to follow, or null: only the web's own schemes. */
export function safeUrl(url: string): string | null {
  return /^(?:https?:|mailto:)/i.test(url.trim()) ? url.trim() : null;
}
