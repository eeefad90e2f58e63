import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { DbtManifestUnusable } from "./dbt-errors.ts";
import { goOnFrom, PARTIAL_PARSE } from "./partial-parse.ts";

/** Files that a project is made of, by how they end. */
const SOURCES: ReadonlySet<string> = new Set([".sql", ".yml", ".yaml", ".csv", ".py", ".md"]);
/** Folders of a project that others fill, but for its artifacts: packages are read as they were installed. */
const FOREIGN: ReadonlySet<string> = new Set(["logs", "dbt_packages", "dbt_modules", "node_modules"]);
/** Beside the manifest: what the project was when it was parsed. */
const NOTE = "millrace_parsed";
/** Less than the code of a location may take to load. */
const PARSE_TIMEOUT_MS = 50_000;
/** Characters of what dbt prints that an error keeps. */
const MAX_OUTPUT = 4_000;

/** A project as dbt is to parse it. */
export interface ParsedProject {
  /** Absolute. */
  readonly folder: string;
  /** Where its manifest is. Absolute. */
  readonly target: string;
  readonly env: Readonly<Record<string, string>>;
  /** The program and all arguments that parse it. */
  readonly parse: readonly [string, ...string[]];
}

/**
 * Has dbt parse a project whose manifest is not there, or that has changed since dbt last did so here. It reads all of the project's
 * files, so that `millrace dev` loads the definitions again when one of them changes. The new manifest takes the place of the old one at
 * once: several processes may do this side by side.
 *
 * @throws DbtManifestUnusable with what dbt says, when it can't.
 */
export function keepManifest(project: ParsedProject): void {
  const { target } = project;
  const digest = digestOf(project);
  const note = join(target, NOTE);
  if (existsSync(join(target, "manifest.json")) && existsSync(note) && readFileSync(note, "utf8") === digest)
    return;
  mkdirSync(target, { recursive: true });
  const draft = mkdtempSync(join(target, "millrace-"));
  try {
    parse(project, draft);
    writeFileSync(join(draft, NOTE), digest);
    for (const file of ["manifest.json", PARTIAL_PARSE, NOTE])
      if (existsSync(join(draft, file))) renameSync(join(draft, file), join(target, file));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function parse({ folder, target, env, parse: [program, ...args] }: ParsedProject, draft: string): void {
  const where = ["--target-path", draft, "--log-path", draft, "--no-use-colors"];
  const { status, stdout, stderr, error } = spawnSync(program, [...args, ...where, ...goOnFrom(target)], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: PARSE_TIMEOUT_MS,
  });
  if (status === 0 && existsSync(join(draft, "manifest.json"))) return;
  const said = `${stdout ?? ""}${stderr ?? ""}`.trim().slice(-MAX_OUTPUT);
  throw new DbtManifestUnusable(
    `dbt could not parse the project in ${folder} (\`${[program, ...args].join(" ")}\`): ${error?.message ?? `exit code ${status}`}\n${said}`,
    { cause: error },
  );
}

/** Changes when a file of the project does, or how dbt is called. */
function digestOf({ folder, target, env, parse }: ParsedProject): string {
  const hash = createHash("sha256").update(JSON.stringify([parse, env]));
  const addFolder = (path: string): void => {
    const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const file = join(path, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".") && !FOREIGN.has(entry.name) && file !== target) addFolder(file);
      } else if (SOURCES.has(extname(entry.name))) {
        hash.update(JSON.stringify([file, createHash("sha256").update(readFileSync(file)).digest("hex")]));
      }
    }
  };
  addFolder(folder);
  return hash.digest("hex");
}
