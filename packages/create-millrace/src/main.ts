import { relative } from "node:path";
import { parseArgs } from "node:util";
import { createProject, ProjectNotCreated } from "./create-project.ts";

const USAGE = `Usage: create-millrace FOLDER

Makes a project with a first pipeline, a test and a tsconfig in FOLDER, which must be new or empty.
The project is named after the folder.`;

/** The command `create-millrace`: makes a project and says how to start it. Its exit code. */
export function main(words: readonly string[]): number {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h", default: false } },
    });
    const [path, ...more] = positionals;
    if (values.help || path === undefined || more.length > 0) {
      console[values.help ? "log" : "error"](USAGE);
      return values.help ? 0 : 1;
    }
    const project = createProject(path);
    console.log(`Made the project ${project.name}. Start it:

  cd ${relative(process.cwd(), project.folder) || "."}
  npx millrace dev

The page's address is printed; a saved file is loaded again. "npm test" runs its tests, "npm run check" its types.`);
    return 0;
  } catch (error) {
    const isWrongWord = error instanceof TypeError && "code" in error;
    if (!(error instanceof ProjectNotCreated) && !isWrongWord) throw error;
    console.error(error.message);
    return 1;
  }
}
