import { existsSync } from "node:fs";

/** Tells a program that the shell which started it is the first process of a container. */
const MARK = "MILLRACE_FIRST_PROCESS";
const SHELL = "/bin/sh";
/** Starts the program, hands on what asks it to end, and collects whatever else is left to the first process meanwhile: a shell that waits does. */
const COLLECT = `"$@" & program=$!
for signal in TERM INT HUP; do trap "kill -$signal $program" $signal; done
while :; do wait $program; code=$?; kill -0 $program 2>/dev/null || exit $code; done`;

/**
 * Makes a shell the first process of the container in which this program is that, and starts the program again beside it. All that loses its parent in a
 * container is left to its first process, and stays there as a zombie unless that collects it, which Node can't. Returns where
 * there is nothing to do: this is another process, or there is no shell.
 */
export function leaveFirstPlaceToShell(): void {
  if (process.pid !== 1 || process.channel || !existsSync(SHELL)) return;
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(SHELL, [SHELL, "-c", COLLECT, SHELL, ...program], { ...process.env, [MARK]: "1" });
}

/** Whether all that this process has started ends when it does, as in a container whose first process it is. */
export function endsWithContainer(): boolean {
  return process.pid === 1 || process.env[MARK] === "1";
}
