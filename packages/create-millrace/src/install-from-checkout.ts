import { mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { installedPackage, type ProjectManifest } from "./project-manifest.ts";

/**
 * Links the packages that a project names, and their programs, to those of this checkout: nothing is downloaded, and a
 * change of the checkout shows in the project at once.
 */
export function installFromCheckout(folder: string): void {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  const { dependencies, devDependencies } = JSON.parse(text) as ProjectManifest;
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  const programs = new Map<string, string>();
  for (const name of [...Object.keys(dependencies), ...Object.keys(devDependencies)]) {
    const target = realpathSync(installedPackage(name));
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(target, join(modules, name));
    for (const [program, file] of listPrograms(target)) programs.set(program, join(target, file));
  }
  // Two packages may have a program of one name, as `millrace` has that of its command.
  for (const [program, file] of programs) symlinkSync(file, join(modules, ".bin", program));
}

function listPrograms(packageFolder: string): [program: string, file: string][] {
  const text = readFileSync(join(packageFolder, "package.json"), "utf8");
  const { name, bin } = JSON.parse(text) as { name: string; bin?: string | Record<string, string> };
  return Object.entries(typeof bin === "string" ? { [name]: bin } : (bin ?? {}));
}
