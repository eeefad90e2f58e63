import { join } from "node:path";
import { describeLockHolder, tryLockFile } from "@millrace/protocol/homes/file-lock";
import { CommandError } from "../user-api/client.ts";

/**
 * Makes this process the only `millrace dev` on a home; the returned function gives it up.
 *
 * @throws CommandError when a living process has it.
 */
export function lockHome(home: string): () => void {
  const file = join(home, "dev.lock");
  const lock = tryLockFile(file);
  if (lock) return lock.release;
  throw new CommandError(
    `millrace dev runs already for this home (${describeLockHolder(file)}, ${home}). Stop it, or choose another with --home.`,
  );
}
