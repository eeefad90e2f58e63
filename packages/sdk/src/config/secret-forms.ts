/** Shorter texts stand in too many places that have nothing to do with the secret. */
const MIN_LENGTH = 4;
/** Lines of a secret, such as a private key, that are printed one by one. */
const MIN_LINE_LENGTH = 12;

/**
 * The forms in which a secret may stand in texts: as it is, as JSON and URLs have it, each of its lines, and in base64, alone or
 * in the midst of something else. None for a very short one.
 */
export function listSecretForms(secret: string): readonly string[] {
  if (secret.length < MIN_LENGTH) return [];
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([["", secret]]).toString().slice(1),
    ...(lines.length > 1 ? lines.filter((line) => line.length >= MIN_LINE_LENGTH) : []),
    ...listBase64Forms(Buffer.from(secret)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH);
}

/**
 * Base64 writes three bytes as four characters, so what a secret becomes depends on how many bytes stand before it. The
 * characters at both ends that depend on others' bytes are left out.
 */
function listBase64Forms(secret: Buffer): readonly string[] {
  // A shorter rest is found by chance.
  if (secret.length < 8) return [secret.toString("base64")];
  const forms = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret])
      .toString("base64")
      .replaceAll("=", "");
    const ownEnd = (before + secret.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice([0, 2, 3][before], ownEnd);
  });
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
