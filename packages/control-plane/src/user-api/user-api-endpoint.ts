import { ExpectedError } from "@millrace/model/expected-error";
import type { FastifyRequest } from "fastify";
import { isFromOtherSite } from "../http/security-headers.ts";
import { OWNER, type Viewer } from "../access/viewer.ts";
import { DEFAULT_DEPLOYMENT, getDeploymentId } from "../deployments/deployment-store.ts";
import type { UserContext } from "../graphql/context.ts";
import { userSchema } from "./schema.ts";
import { createSharedAnswers } from "./shared-answers.ts";
import { createReportAction } from "../assets/report/report-action.ts";
import { createLogDownload } from "../logs/log-download.ts";
import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import type { ServerContext } from "../context/server-context.ts";

/** A run config may be long; nothing else is. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

/** The header that names the deployment where the path does not. */
const DEPLOYMENT_HEADER = "millrace-deployment";

/** A browser asks on behalf of a page that is not ours. */
class FromOtherSite extends ExpectedError {
  readonly code = "forbidden";
}

/** Knobs of the user API. */
export interface UserApiOptions {
  /** Who asks; called at each request, and again before each event of a subscription. Default: the owner, as there is no login yet. */
  readonly findViewer?: (request: FastifyRequest) => Promise<Viewer> | Viewer;
}

/** Lets a request to the user API in, by its headers and its path alone, or throws why not. */
type AdmitUser = (request: FastifyRequest) => Promise<(signal: AbortSignal) => UserContext>;

/**
 * The API of the web app and the command line, at `/graphql`, and at `/d/NAME/graphql` for the deployment NAME. Without a name
 * in the path or the header `millrace-deployment`, it is about the default deployment. Beside it, events of assets are reported at
 * `/report/…`.
 */
export function createUserApiEndpoint(
  context: ServerContext,
  { findViewer = () => OWNER }: UserApiOptions = {},
): GraphQLEndpoint {
  const answers = createSharedAnswers(context);
  const admit: AdmitUser = async (request) => {
    if (isFromOtherSite(request.headers["sec-fetch-site"]))
      throw new FromOtherSite("A page of another site may not ask this server anything");
    const name = readDeploymentName(request);
    const viewer = await findViewer(request);
    const deploymentId = name === null ? DEFAULT_DEPLOYMENT : await getDeploymentId(context.db, name);
    return (signal): UserContext => ({
      ...context,
      viewer,
      findViewer: () => findViewer(request),
      deploymentId,
      hintMoment: () => answers.moment(),
      signal,
    });
  };
  return {
    paths: ["/graphql", "/d/:deployment/graphql"],
    schema: userSchema,
    plugins: [answers.plugin],
    maxRequestBytes: MAX_REQUEST_BYTES,
    admit,
    actions: [createReportAction(admit, MAX_REQUEST_BYTES)],
    downloads: [createLogDownload(admit)],
  };
}

/** Null: none was named. */
function readDeploymentName(request: FastifyRequest): string | null {
  const { deployment } = request.params as { readonly deployment?: string };
  const header = request.headers[DEPLOYMENT_HEADER];
  return deployment ?? (typeof header === "string" ? header : null);
}
