/** A JSON Schema keeps of a regular expression its source alone: whoever reads it does not know with which flags it was written. */
const FLAGS = ["", "i", "m", "s", "im", "is", "ms", "ims"].flatMap((flags) => [
  `${flags}u`,
  flags,
  `${flags}v`,
]);

/**
 * Whether a text may match a pattern: it does with some flags, or the pattern can't be read here. Only what matches with no flags
 * whatever is known not to.
 *
 * The pattern is somebody else's and may take longer than the universe: a server asks in a thread that it can end.
 */
export function mayMatch(pattern: string, text: string): boolean {
  let isReadable = false;
  for (const flags of FLAGS) {
    const expression = read(pattern, flags);
    if (expression === null) continue;
    if (expression.test(text)) return true;
    isReadable = true;
  }
  return !isReadable;
}

function read(pattern: string, flags: string): RegExp | null {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return null;
  }
}
