import { explainUnknownName } from "@millrace/model/near-names";
import { CommandError, type UserApi } from "../user-api/client.ts";
import { CodeLocationsDocument } from "../user-api/documents.gen.ts";

/** Says that there is no code location of this name, and which one may have been meant. */
export async function unknownLocation(api: UserApi, name: string): Promise<CommandError> {
  const { codeLocations } = await api.send(CodeLocationsDocument, {});
  const hint = explainUnknownName(
    name,
    codeLocations.map((location) => location.name),
  );
  return new CommandError(`There is no code location "${name}"${hint}`);
}
