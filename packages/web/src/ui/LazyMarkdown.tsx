import { lazy, Suspense } from "react";

const MarkdownText = lazy(() =>
  import("./MarkdownText.tsx").then((module) => ({ default: module.MarkdownText })),
);

/** Markdown, with its renderer loaded when the first text of that kind is shown. */
export function LazyMarkdown({ text }: { readonly text: string }) {
  return (
    <Suspense fallback={<span style={{ whiteSpace: "pre-wrap" }}>{text}</span>}>
      <MarkdownText text={text} />
    </Suspense>
  );
}
