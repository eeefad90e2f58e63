import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Ids } from "@millrace/model/randomness";
import { objectLengthOf } from "./log-objects.ts";
import { LogKeyUnusable, type LogKey } from "./log-keys.ts";
import type { LogStorage } from "./log-storage.ts";

const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;
const KEY = 32;
/** What stands before the bytes: the wrapped data key, and the nonce of the bytes. Their tag is behind them. */
const WRAPPED = NONCE + KEY + TAG;
const OVERHEAD = WRAPPED + NONCE + TAG;

/**
 * The same storage with what is put sealed: AES-256-GCM with a data key for each object, which lies before it, wrapped with the first
 * of the keys. The object's key is authenticated with both, so that no object can stand for another. What was stored without is read as
 * it is.
 *
 * @param keys at least one.
 */
export function sealStorage(storage: LogStorage, keys: readonly LogKey[], ids: Ids): LogStorage {
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no key");

  return {
    ...storage,
    seal: newest.id,
    put: (key, bytes) => storage.put(key, seal(newest.bytes, key, bytes, ids)),
    async get(key, start, end) {
      const keyId = /\.([0-9a-f]{8})$/.exec(key)?.[1];
      if (keyId === undefined) return storage.get(key, start, end);
      const known = keys.find(({ id }) => id === keyId);
      if (known === undefined)
        throw new LogKeyUnusable(
          `The key ${keyId}, with which ${key} is sealed, is not in MILLRACE_LOG_KEYS`,
        );
      const sealed = await storage.get(key, 0, objectLengthOf(key) + OVERHEAD);
      return open(known.bytes, key, sealed).subarray(start, end);
    },
  };
}

function seal(wrappingKey: Buffer, key: string, bytes: Buffer, ids: Ids): Buffer {
  const dataKey = randomBytes(ids);
  const nonces = randomBytes(ids);
  return Buffer.concat([
    encrypt(wrappingKey, key, dataKey, nonces.subarray(0, NONCE)),
    encrypt(dataKey, key, bytes, nonces.subarray(NONCE, 2 * NONCE)),
  ]);
}

/** 32 of them. */
function randomBytes(ids: Ids): Buffer {
  return Buffer.from(ids.newToken(), "base64url");
}

/** @throws LogKeyUnusable when it is not what was sealed under this name. */
function open(wrappingKey: Buffer, key: string, sealed: Buffer): Buffer {
  try {
    const dataKey = decrypt(wrappingKey, key, sealed.subarray(0, WRAPPED));
    return decrypt(dataKey, key, sealed.subarray(WRAPPED));
  } catch (cause) {
    throw new LogKeyUnusable(`${key} was changed since it was sealed`, { cause });
  }
}

function encrypt(secret: Buffer, name: string, bytes: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(Buffer.from(name));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(secret: Buffer, name: string, bytes: Buffer): Buffer {
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(Buffer.from(name))
    .setAuthTag(bytes.subarray(bytes.length - TAG));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE, bytes.length - TAG)), decipher.final()]);
}
