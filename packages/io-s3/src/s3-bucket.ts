import { S3Client } from "@aws-sdk/client-s3";
import { resource, type Resource } from "millrace";
import { z } from "zod";

const config = z.object({
  bucket: z.string().min(1),
  /** What the names of all objects begin with, such as `millrace/production`. */
  prefix: z.string().default(""),
  /** Default: what AWS's environment says, else `us-east-1`. */
  region: z.string().optional(),
  /** The address of a service that speaks S3's protocol. Default: AWS. */
  endpoint: z.url().optional(),
  /** Whether the bucket stands in the path rather than in the host's name. Default: where there is an `endpoint`. */
  forcePathStyle: z.boolean().optional(),
  /** With `secretAccessKey`. Default: what AWS's tools use: environment, profile, role of the machine. */
  accessKeyId: z.string().optional(),
  secretAccessKey: z.string().optional(),
  sessionToken: z.string().optional(),
});

/** A bucket that a run has a client for. */
export interface S3Bucket {
  /** AWS's client, for requests of your own. Destroyed at the end of the run. */
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at its ends. */
  readonly prefix: string;
}

/** The config of `s3Bucket`. */
export type S3Config = typeof config;

/**
 * A resource that is a bucket of S3, or of a service that speaks its protocol. Give it its config with `withConfig`.
 *
 * @example
 * const storage = withConfig(s3Bucket("storage"), {
 *   bucket: "reports",
 *   endpoint: "https://storage.example.com",
 *   accessKeyId: env("STORAGE_KEY"),
 *   secretAccessKey: env("STORAGE_SECRET"),
 * });
 */
export function s3Bucket(name: string): Resource<S3Bucket, S3Config> {
  return resource(name, {
    description: "A bucket of S3",
    config,
    setup: ({ config }): S3Bucket => ({
      client: createClient(config),
      bucket: config.bucket,
      prefix: config.prefix.replaceAll(/^\/+|\/+$/g, ""),
    }),
    teardown: ({ client }) => client.destroy(),
  });
}

function createClient(config: z.output<S3Config>): S3Client {
  const { endpoint, accessKeyId, secretAccessKey, sessionToken } = config;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw new Error("accessKeyId and secretAccessKey belong together: give both, or none");
  const region = config.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  return new S3Client({
    region: region ?? "us-east-1",
    forcePathStyle: config.forcePathStyle ?? endpoint !== undefined,
    // Other services do not all know the checksums that AWS's client adds by itself.
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          requestChecksumCalculation: "WHEN_REQUIRED" as const,
          responseChecksumValidation: "WHEN_REQUIRED" as const,
        }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
  });
}
