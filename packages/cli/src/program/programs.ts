import { buildsFolder } from "@millrace/runtime/loading/kept-build";

/** What is built of `millrace`, and of which source: the command, and what agents start of it again and again. */
export const PROGRAMS = {
  "main.mjs": "../main.ts",
  "code-server.mjs": "../commands/code-server.ts",
} as const;

/** Where programs are kept. */
export function programsFolder(): string {
  return buildsFolder("programs");
}

/** Tells this installation's programs from those of others. */
export function programsSeed(): string {
  return import.meta.url;
}
