import { cpSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { installFromCheckout } from "./install-from-checkout.ts";
import { projectManifest } from "./project-manifest.ts";

const template = fileURLToPath(new URL("../template", import.meta.url));

/** A project that was made. */
export interface CreatedProject {
  /** Of its package and its code location: the folder's name. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
}

/** The project can not be made there; the message says why and what to do. Nothing was written. */
export class ProjectNotCreated extends Error {
  override readonly name = "ProjectNotCreated";
  readonly code: "invalid_name" | "folder_not_empty" | "not_a_folder";

  constructor(code: ProjectNotCreated["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Makes a project that starts with `npx millrace dev`: definitions, a test, a tsconfig, and the packages it needs.
 *
 * @param path a folder that is empty or not there.
 * @throws ProjectNotCreated when the folder's name can't be a package's name, or something is in the way.
 */
export function createProject(path: string): CreatedProject {
  const folder = resolve(path);
  const name = basename(folder);
  if (!/^[a-z0-9][a-z0-9_-]{0,99}$/.test(name)) {
    throw new ProjectNotCreated(
      "invalid_name",
      `"${name}" can't name a project: use up to 100 lower-case letters, digits, "-" and "_", a letter or digit first`,
    );
  }
  refuseWhatIsThere(folder);
  mkdirSync(folder, { recursive: true });
  cpSync(template, folder, { recursive: true });
  // Not under its own name in the template: there it would apply to the template.
  renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(projectManifest(name, folder), null, 2)}\n`);
  installFromCheckout(folder);
  return { name, folder };
}

function refuseWhatIsThere(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory())
    throw new ProjectNotCreated("not_a_folder", `${folder} is a file: name a folder that is new or empty`);
  // A repository that was just made is as good as empty.
  const files = readdirSync(folder).filter((file) => file !== ".git");
  if (files.length > 0) {
    const shown = `${files.slice(0, 3).join(", ")}${files.length > 3 ? ", …" : ""}`;
    throw new ProjectNotCreated(
      "folder_not_empty",
      `${folder} is not empty (${shown}): name a folder that is new or empty`,
    );
  }
}
