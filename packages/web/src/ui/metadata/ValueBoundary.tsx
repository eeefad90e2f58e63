import { Component, type ReactNode } from "react";
import type { MetadataValue } from "@millrace/model/metadata";
import { JsonBlock } from "../JsonBlock.tsx";

interface Props {
  readonly name: string;
  readonly value: MetadataValue;
  readonly children: ReactNode;
}

/** Shows a value as JSON when it can't be drawn: one odd value must not take the page with it. A class, as React asks for one. */
export class ValueBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <JsonBlock value={this.props.value} label={this.props.name} />;
  }
}
