import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DbtManifestUnusable } from "./dbt-errors.ts";
import { keepManifest } from "./keep-manifest.ts";
import { readManifest, type DbtManifest } from "./manifest.ts";

/** How a dbt project is found and run. */
export interface DbtProjectOptions {
  /** The folder of `profiles.yml`. Default: where dbt looks for it, which is the project's folder and then `~/.dbt`. */
  readonly profilesDir?: string;
  /** The target of the profile. Default: the profile's own. */
  readonly target?: string;
  /** The program `dbt`, or a program with arguments before dbt's own, such as `["uv", "run", "dbt"]`. Default: `dbt`. */
  readonly executable?: string | readonly [program: string, ...args: string[]];
  /** Where dbt leaves its artifacts, from the project's folder. Default: `target`. */
  readonly targetPath?: string;
  /**
   * Whether to have dbt parse the project when there is no manifest, or when a file of the project has changed since: while the code is
   * loaded, some seconds. For development. Default: false, a manifest that is missing or old is an error.
   */
  readonly parses?: boolean;
  /** Variables for dbt's process beside those of the run worker. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A dbt project whose manifest has been read. */
export interface DbtProject {
  /** Absolute. */
  readonly folder: string;
  /** The folder of its manifest and of what else dbt keeps of it. Absolute. */
  readonly artifacts: string;
  readonly manifest: DbtManifest;
  readonly env: Readonly<Record<string, string>>;
  /** The program and all arguments of a command of dbt for this project. */
  command(...args: readonly string[]): readonly [string, ...string[]];
}

/**
 * Reads what dbt knows of a project from its `target/manifest.json`, which `dbt parse` makes. Runs no dbt, unless `parses` says so.
 * Models and seeds whose files have changed since are noticed; new files, and changes of other files, only with `parses`.
 *
 * @param folder The folder of `dbt_project.yml`: absolute, or from the folder of the code location.
 * @throws DbtManifestUnusable when the manifest is not there, is older than a model, or can't be read; it says what to do.
 *
 * @example
 * export const shop = dbtProject(`${import.meta.dirname}/../dbt`, {
 *   target: "prod",
 *   parses: process.env["NODE_ENV"] !== "production",
 * });
 */
export function dbtProject(folder: string, options: DbtProjectOptions = {}): DbtProject {
  const absolute = resolve(folder);
  const { executable = "dbt", profilesDir, target, env = {}, parses = false } = options;
  const [program, ...before]: readonly [string, ...string[]] =
    typeof executable === "string" ? [executable] : executable;
  const command: DbtProject["command"] = (...args) => [
    program,
    ...before,
    ...args,
    "--project-dir",
    absolute,
    ...(profilesDir === undefined ? [] : ["--profiles-dir", resolve(absolute, profilesDir)]),
    ...(target === undefined ? [] : ["--target", target]),
  ];
  const howToMake = command("parse").join(" ");
  const artifacts = resolve(absolute, options.targetPath ?? "target");
  if (parses) keepManifest({ folder: absolute, target: artifacts, env, parse: command("parse") });
  const manifest = readManifest(join(artifacts, "manifest.json"), howToMake);
  const changed = findChanged(absolute, manifest);
  if (changed.length > 0)
    throw new DbtManifestUnusable(
      `The manifest of ${absolute} is older than ${changed.join(", ")}. Make it again with \`${howToMake}\``,
    );
  return Object.freeze({ folder: absolute, artifacts, manifest, env, command });
}

/** The project's own files that are not what dbt had read. */
function findChanged(folder: string, { metadata, nodes }: DbtManifest): string[] {
  const known = Object.values(nodes).filter(
    ({ resource_type, package_name, checksum }) =>
      ["model", "seed"].includes(resource_type) &&
      package_name === metadata.project_name &&
      checksum.name === "sha256",
  );
  return known.flatMap(({ original_file_path: path, checksum }) =>
    hashOf(join(folder, path)) === checksum.checksum ? [] : [path],
  );
}

/** As dbt counts it: without the space around the text. Null: the file is gone. */
function hashOf(path: string): string | null {
  try {
    return createHash("sha256").update(readFileSync(path, "utf8").trim()).digest("hex");
  } catch {
    return null;
  }
}
