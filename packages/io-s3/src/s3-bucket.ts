import { ObjectCannedACL, S3Client, StorageClass, type PutObjectCommandInput } from "@aws-sdk/client-s3";
import { resource, type Resource } from "millrace";
import { z } from "zod";

const seconds = z.number().positive().max(2_000_000);

const config = z.strictObject({
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
  /** What goes with every object that is stored, in S3's words, such as `ServerSideEncryption: "aws:kms"`. */
  upload: z
    .strictObject({
      ServerSideEncryption: z.enum(["AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"]).optional(),
      SSEKMSKeyId: z.string().optional(),
      BucketKeyEnabled: z.boolean().optional(),
      StorageClass: z.enum(StorageClass).optional(),
      ACL: z.enum(ObjectCannedACL).optional(),
      /** `key=value&other=…` */
      Tagging: z.string().optional(),
    })
    .default({}),
  /** TLS: certificates as PEM. The server's is checked unless that is turned off. */
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      rejectUnauthorized: z.boolean().optional(),
    })
    .optional(),
  /** How long to wait for a connection. */
  connectTimeoutSeconds: seconds.default(10),
  /** How long a connection may be silent within a request. */
  idleTimeoutSeconds: seconds.default(60),
  /** How often a request is tried. */
  maxAttempts: z.int().min(1).default(3),
});

/** A bucket that a run has a client for. */
export interface S3Bucket {
  /** AWS's client, for requests of your own. Destroyed at the end of the run. */
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at its ends. */
  readonly prefix: string;
  /** Where the bucket is, for messages. */
  readonly place: string;
  /** What goes with every object that is stored. */
  readonly upload: Readonly<Partial<PutObjectCommandInput>>;
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
      place: config.endpoint === undefined ? "AWS" : new URL(config.endpoint).host,
      upload: defined(config.upload),
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
    maxAttempts: config.maxAttempts,
    // Without limits a connection that was dropped without a word would be waited for for ever.
    requestHandler: {
      connectionTimeout: config.connectTimeoutSeconds * 1_000,
      socketTimeout: config.idleTimeoutSeconds * 1_000,
      ...(config.tls === undefined ? {} : { httpsAgent: defined(config.tls) }),
    },
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

function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
