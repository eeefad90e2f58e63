import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ValidationResult } from "../loading/validate-definitions.ts";
import { validateProject } from "../loading/validate-project.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** The command as agents start it. */
export const MILLRACE = join(repository, "packages/cli/bin/millrace.js");

/** A user's project in a folder of its own, with this repository's packages installed. For tests. */
export interface TestProject extends Disposable {
  readonly folder: string;
}

/** Writes the files of a project, by path. */
export function createTestProject(files: Readonly<Record<string, string>>): TestProject {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "millrace-project-"));
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "project", type: "module", private: true }),
  );
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What the command line says of a project. */
export async function validateInProcess(project: TestProject, entry: string): Promise<ValidationResult> {
  return validateProject(project.folder, entry);
}
