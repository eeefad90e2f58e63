import { createHash } from "node:crypto";
import { ExpectedError } from "@millrace/model/expected-error";

/** A key that data keys are wrapped with. */
export interface LogKey {
  /** Stands in the names of what it has sealed. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** Keys for output that can't be used, or a key that is missing. */
export class LogKeyUnusable extends ExpectedError {
  readonly code = "log_key_unusable";
}

/**
 * Reads keys of 32 bytes in base64, with commas or line ends between: the first one seals what is new, all of them open what is there.
 *
 * @throws LogKeyUnusable
 */
export function parseLogKeys(text: string): readonly LogKey[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) throw new LogKeyUnusable(describe("there is none"));
  return words.map((word, index) => {
    const bytes = Buffer.from(word, "base64");
    if (bytes.length !== 32) throw new LogKeyUnusable(describe(`that of place ${index + 1} is not`));
    return { bytes, id: createHash("sha256").update(bytes).digest("hex").slice(0, 8) };
  });
}

function describe(what: string): string {
  return `MILLRACE_LOG_KEYS takes keys of 32 bytes in base64 with commas between, and ${what}: make one with \`openssl rand -base64 32\``;
}
