import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const installed = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A user's project in a folder of its own, with the repository's packages installed. */
export interface TestProject {
  readonly folder: string;
  write(file: string, text: string): void;
  remove(): void;
}

/**
 * Makes a project from its files.
 *
 * @param modules its `node_modules`. Default: those of the repository.
 */
export function createProject(
  files: Readonly<Record<string, string>>,
  modules: string = installed,
): TestProject {
  const folder = mkdtempSync(join(tmpdir(), "millrace-project-"));
  symlinkSync(modules, join(folder, "node_modules"));
  const project: TestProject = {
    folder,
    write(file, text) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.write("package.json", JSON.stringify({ name: "test-project", private: true, type: "module" }));
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  return project;
}
