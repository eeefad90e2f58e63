import type { Command } from "commander";

/** `millrace api …`: what agents start. People rarely need these. */
export function addApiCommands(program: Command): void {
  const api = program.command("api").description("Processes that agents start; not for people");
  api
    .command("code-server")
    .description("Load the definitions of one code location and serve them over gRPC")
    .requiredOption("--working-directory <folder>", "the project's folder")
    .requiredOption("--entry <file>", "the file that exports the definitions, relative to the folder")
    .requiredOption("--location <name>", "the code location's name")
    .requiredOption("--socket <path>", "unix socket to serve on")
    .option("--announce <file>", "say there when it is ready or has failed (default: over IPC)");
  api
    .command("execute-run")
    .description(
      "Execute one attempt of one run: --spec FILE or - for standard input; --standby waits for the spec over IPC",
    )
    .option("--standby", "load the code, then wait for the spec over IPC")
    .option("--spec <file>", "the run's spec, or - for standard input")
    .option("--bundle <file>", "the worker.mjs that a code server made")
    .option("--worker-directory <folder>", "where its journal goes (default: what the spec says)")
    .option("--agent-api-url <url>", "where the run will report, to connect ahead")
    .option("--debugging <how>", "open: a debugger may attach; wait: the run waits for one");
}
