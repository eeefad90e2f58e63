import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { dbtProject, type DbtProject } from "./dbt-project.ts";

const source = join(import.meta.dirname, "../testdata/project");
/** What dbt made of the project, without its own macros: `dbt-build.test.ts` writes it when it is asked to update snapshots. */
export const MANIFEST = join(import.meta.dirname, "../testdata/manifest.json");

/** A copy of the small project's own files in a folder of its own, which the caller removes. */
export function copySources(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-dbt-project-"));
  cpSync(source, folder, { recursive: true });
  return folder;
}

/**
 * A copy of the small project in a folder of its own, for one test.
 *
 * @param artifacts The folder of what dbt has made of it. Default: only the manifest that stands beside it.
 */
export function copyProject(artifacts?: string): string {
  const folder = copySources();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const target = join(folder, "target");
  if (artifacts) cpSync(artifacts, target, { recursive: true });
  else {
    mkdirSync(target);
    writeFileSync(join(target, "manifest.json"), readFileSync(MANIFEST));
  }
  return folder;
}

/** The small project, read. */
export function smallProject(): DbtProject {
  return dbtProject(copyProject());
}
