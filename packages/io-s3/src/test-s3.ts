import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";

/**
 * The packages of PyPI that S3 is tested with, see `findTestPython`. What `moto[server]` takes is for all of Amazon's services and costs
 * three times as much to install.
 */
export const MOTO = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"] as const;

/** A server that speaks S3's protocol. */
export interface TestS3 extends AsyncDisposable {
  readonly endpoint: string;
  createBucket(bucket: string): Promise<void>;
  /** What the objects hold whose keys begin with `prefix`, one after the other. */
  readAll(bucket: string, prefix: string): Promise<string>;
}

/** What it lets in. */
export const TEST_CREDENTIALS = { accessKeyId: "key", secretAccessKey: "secret" };

/** Starts PyPI's `moto` on a free port, with an interpreter that has it. */
export async function startTestS3(python: string): Promise<TestS3> {
  const child = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  try {
    const endpoint = await readAddress(child);
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: TEST_CREDENTIALS,
    });
    return {
      endpoint,
      async createBucket(bucket) {
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
      },
      async readAll(bucket, prefix) {
        const { Contents = [] } = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
        );
        const texts: string[] = [];
        for (const { Key } of Contents) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
          texts.push((await Body?.transformToString()) ?? "");
        }
        return texts.join("");
      },
      async [Symbol.asyncDispose]() {
        client.destroy();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function readAddress(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error("moto's output is not read");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const address = /Running on (http:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume(); // Each request is a line that nobody reads.
    return address;
  }
  throw new Error(`moto did not start: ${said.join("\n")}`);
}
