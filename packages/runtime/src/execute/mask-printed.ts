import { LOG_STREAMS } from "@millrace/model/worker-streams";
import { createOutputMask } from "../run-worker/mask-output.ts";

/**
 * Masks secrets from now on in what this process prints through `console`, `process.stdout` or `process.stderr`, as in a run's kept
 * output: the log of a CI is often read by more people than the secret is for.
 *
 * @param secrets the texts that must not show; may grow.
 */
export function maskPrinted(secrets: ReadonlySet<string>): void {
  for (const stream of LOG_STREAMS) {
    const target = process[stream];
    const write = target.write.bind(target) as (...args: unknown[]) => boolean;
    const mask = createOutputMask(secrets);
    target.write = (bytes: unknown, ...rest: unknown[]): boolean => {
      if (secrets.size === 0 || !(typeof bytes === "string" || bytes instanceof Uint8Array))
        return write(bytes, ...rest);
      const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
      const piece = typeof bytes === "string" ? Buffer.from(bytes, encoding) : Buffer.from(bytes);
      return write(mask.mask(piece), ...rest.filter((item) => typeof item === "function"));
    };
    process.on("exit", () => {
      const held = mask.takeHeld();
      if (held.length > 0) write(held);
    });
  }
}
