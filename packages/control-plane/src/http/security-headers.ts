import type { FastifyInstance } from "fastify";

/**
 * What the page may do: load what this server has, and nothing else. Styles may stand in the document, because the page's
 * components make them; scripts may not, so that a text which got into the page as HTML still does nothing.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Sends with every answer what a browser must not do with it. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
}

/**
 * Whether a browser sent the request on behalf of a page that is not ours. Programs send no such header; a browser sends
 * `none` for an address that somebody typed.
 */
export function isFromOtherSite(secFetchSite: string | string[] | undefined): boolean {
  return secFetchSite !== undefined && secFetchSite !== "same-origin" && secFetchSite !== "none";
}
