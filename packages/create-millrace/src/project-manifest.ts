import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));

/** Packages of ours that a project needs, and their folders in the checkout; they are in no registry yet. */
const OURS: Readonly<Record<string, string>> = { millrace: "packages/sdk", "@millrace/cli": "packages/cli" };
const LIBRARIES = ["zod"];
const TOOLS = ["@types/node", "node", "typescript", "vitest"];

/** What stands in a project's package.json. */
export interface ProjectManifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The package.json of a new project: our packages from this checkout, all else in the versions that it is tested with. */
export function projectManifest(name: string, folder: string): ProjectManifest {
  const ours = Object.entries(OURS).map(([dependency, path]) => [
    dependency,
    `file:${relative(folder, join(checkout, path))}`,
  ]);
  const versions = (names: readonly string[]) =>
    names.map((dependency) => [dependency, installedVersion(dependency)]);
  const manifest = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { dev: "millrace dev", test: "vitest run", check: "tsc" },
    millrace: { entry: "src/definitions.ts", location: name },
    dependencies: Object.fromEntries([...ours, ...versions(LIBRARIES)]) as Record<string, string>,
    devDependencies: Object.fromEntries(versions(TOOLS)) as Record<string, string>,
  };
  return manifest;
}

/** Where a package is installed in the checkout. */
export function installedPackage(name: string): string {
  return join(checkout, "node_modules", name);
}

function installedVersion(name: string): string {
  const manifest = readFileSync(join(installedPackage(name), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
