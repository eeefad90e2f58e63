import {
  IconBinaryTree2,
  IconBolt,
  IconBriefcase,
  IconCode,
  IconDatabase,
  IconPlayerPlay,
  IconServer2,
  IconStack2,
  IconTicket,
} from "@tabler/icons-react";

/** The places of the navigation, in its order; a phone's bar shows those that are `primary`, the rest under "More". */
export const PAGES = [
  { to: "/runs", label: "Runs", icon: IconPlayerPlay, primary: true },
  { to: "/assets", label: "Assets", icon: IconDatabase, primary: true },
  { to: "/lineage", label: "Lineage", icon: IconBinaryTree2, primary: true },
  { to: "/jobs", label: "Jobs", icon: IconBriefcase, primary: true },
  { to: "/backfills", label: "Backfills", icon: IconStack2, primary: false },
  { to: "/automation", label: "Automation", icon: IconBolt, primary: false },
  { to: "/locations", label: "Code locations", icon: IconCode, primary: false },
  { to: "/pools", label: "Pools", icon: IconTicket, primary: false },
  { to: "/agents", label: "Agents", icon: IconServer2, primary: false },
] as const;
