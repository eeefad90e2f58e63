// The process in which definitions are validated: whatever their code does to it, the one that started it can say so.
import { keepCompiled } from "./keep-compiled.ts";

keepCompiled();
const { validateDefinitions } = await import("./validate-definitions.ts");
const [, , workingDirectory = "", entry = ""] = process.argv;
const result = await validateDefinitions(workingDirectory, entry);
process.send?.(result, () => process.exit());
