import { Markdown } from "markdown-to-jsx/react";
import { Typography } from "@mantine/core";

/** Markdown of users' code. Raw HTML in it stays text, and links that run code are dropped. */
export function MarkdownText({ text }: { readonly text: string }) {
  return (
    <Typography fz="sm">
      <Markdown
        options={{
          disableParsingRawHTML: true,
          forceBlock: true,
          overrides: { a: { props: { rel: "noreferrer" } }, img: OutsideImage },
        }}
      >
        {text}
      </Markdown>
    </Typography>
  );
}

/** Only pictures that are part of the text are shown: one from elsewhere would tell that server who reads this. */
function OutsideImage({ src, alt }: { readonly src?: string; readonly alt?: string }) {
  if (src?.startsWith("data:image/")) return <img src={src} alt={alt ?? ""} />;
  return <span className="quiet">[{alt ?? "image"}]</span>;
}
