import { ExpectedError } from "@millrace/model/expected-error";

/** A bucket, and what the keys of all objects in it begin with. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
}

/** An address of a bucket that can't be read. */
export class S3PlaceInvalid extends ExpectedError {
  readonly code = "s3_place_invalid";
}

/**
 * Reads `s3://BUCKET/PREFIX`.
 *
 * @throws S3PlaceInvalid
 */
export function parseS3Place(text: string): S3Place {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/.exec(text);
  if (match === null)
    throw new S3PlaceInvalid(
      `"${text}" is no bucket: write s3://BUCKET or s3://BUCKET/PREFIX; address, region and credentials come from AWS's environment (AWS_ENDPOINT_URL_S3, AWS_REGION, …)`,
    );
  return { bucket: match[1] ?? "", prefix: (match[2] ?? "").replaceAll(/^\/+|\/+$/g, "") };
}

/** The address of a place, or of an object in it. */
export function formatS3Place({ bucket, prefix }: S3Place, key = ""): string {
  return `s3://${[bucket, prefix, key].filter((part) => part !== "").join("/")}`;
}
