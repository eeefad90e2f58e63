import { Markdown } from "markdown-to-jsx/react";
import { Typography } from "@mantine/core";
import type { ReactNode } from "react";
import { safeUrl } from "./safe-url.ts";

/** Markdown of users' code. Raw HTML in it stays text, and links that run code are dropped. */
export function MarkdownText({ text }: { readonly text: string }) {
  return (
    <Typography fz="sm">
      <Markdown
        options={{
          disableParsingRawHTML: true,
          forceBlock: true,
          overrides: { a: OutsideLink, img: OutsideImage },
        }}
      >
        {text}
      </Markdown>
    </Typography>
  );
}

/** Only links to the web are followed, in a tab of their own; others, such as to files, stay text. */
function OutsideLink({ href, children }: { readonly href?: string; readonly children?: ReactNode }) {
  const url = href === undefined ? null : safeUrl(href);
  if (url === null) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

/** Only pictures that are part of the text are shown: one from elsewhere would tell that server who reads this. */
function OutsideImage({ src, alt }: { readonly src?: string; readonly alt?: string }) {
  if (src?.startsWith("data:image/")) return <img src={src} alt={alt ?? ""} />;
  return <span className="quiet">[{alt ?? "image"}]</span>;
}
