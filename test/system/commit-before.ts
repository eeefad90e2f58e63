import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What was committed last before the newest commit, ready to run. */
export interface CommitBefore {
  /** Its `millrace` command. */
  readonly command: string;
  /** Its packages, as a project has them. */
  readonly modules: string;
  remove(): void;
}

/** Null: the checkout does not have that commit, as one of a single commit. */
export function checkOutCommitBefore(): CommitBefore | null {
  let archive: Buffer;
  try {
    archive = execFileSync("git", ["archive", "HEAD^"], {
      cwd: root,
      maxBuffer: 2 ** 30,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), "millrace-before-"));
  execFileSync("tar", ["-x"], { cwd: folder, input: archive });
  const modules = join(folder, "node_modules");
  linkModules(join(root, "node_modules"), modules);
  return {
    command: join(folder, "packages/cli/bin/millrace.js"),
    modules,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The dependencies are those that are installed here; the packages of the repository are those of its own checkout. */
function linkModules(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from).filter((each) => !each.startsWith("."))) {
    if (name === "@millrace") linkModules(join(from, name), join(to, name));
    else {
      const isOwn = lstatSync(join(from, name)).isSymbolicLink();
      symlinkSync(isOwn ? readlinkSync(join(from, name)) : join(from, name), join(to, name));
    }
  }
}
