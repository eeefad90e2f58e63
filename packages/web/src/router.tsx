import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { parseAssetPageSearch, parseAssetsSearch, parseLineageSearch } from "./assets/asset-search.ts";
import { AppLayout } from "./layout/AppLayout.tsx";
import { RouteFailed, RouteNotFound } from "./layout/RouteState.tsx";
import { parseRunSearch } from "./runs/log/run-search.ts";
import { parseRunsSearch } from "./runs/runs-search.ts";
import { PageSkeleton } from "./ui/Page.tsx";

const rootRoute = createRootRoute({
  component: AppLayout,
  notFoundComponent: RouteNotFound,
  errorComponent: RouteFailed,
});

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/runs" });
  },
});
const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  validateSearch: parseRunsSearch,
  component: lazyRouteComponent(() => import("./runs/RunsPage.tsx"), "RunsPage"),
});
const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import("./runs/RunPage.tsx"), "RunPage"),
});
const assetsFolder = createRoute({ getParentRoute: () => rootRoute, path: "assets" });
const assetsRoute = createRoute({
  getParentRoute: () => assetsFolder,
  path: "/",
  validateSearch: parseAssetsSearch,
  component: lazyRouteComponent(() => import("./assets/AssetsPage.tsx"), "AssetsPage"),
});
const assetRoute = createRoute({
  getParentRoute: () => assetsFolder,
  path: "$",
  validateSearch: parseAssetPageSearch,
  component: lazyRouteComponent(() => import("./assets/AssetPage.tsx"), "AssetPage"),
});
const lineageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/lineage",
  validateSearch: parseLineageSearch,
  component: lazyRouteComponent(() => import("./assets/lineage/LineagePage.tsx"), "LineagePage"),
});
const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs",
  component: lazyRouteComponent(() => import("./jobs/JobsPage.tsx"), "JobsPage"),
});
const jobRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs/$location/$job",
  component: lazyRouteComponent(() => import("./jobs/JobPage.tsx"), "JobPage"),
});
const backfillsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/backfills",
  component: lazyRouteComponent(() => import("./backfills/BackfillsPage.tsx"), "BackfillsPage"),
});
const backfillRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/backfills/$backfillId",
  component: lazyRouteComponent(() => import("./backfills/BackfillPage.tsx"), "BackfillPage"),
});
const automationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/automation",
  component: lazyRouteComponent(() => import("./automation/AutomationPage.tsx"), "AutomationPage"),
});
const scheduleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/automation/schedules/$location/$name",
  component: lazyRouteComponent(() => import("./automation/InstigatorPage.tsx"), "SchedulePage"),
});
const sensorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/automation/sensors/$location/$name",
  component: lazyRouteComponent(() => import("./automation/InstigatorPage.tsx"), "SensorPage"),
});
const locationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/locations",
  component: lazyRouteComponent(() => import("./locations/LocationsPage.tsx"), "LocationsPage"),
});
const locationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/locations/$name",
  component: lazyRouteComponent(() => import("./locations/LocationPage.tsx"), "LocationPage"),
});
const poolsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/pools",
  component: lazyRouteComponent(() => import("./pools/PoolsPage.tsx"), "PoolsPage"),
});
const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/agents",
  component: lazyRouteComponent(() => import("./agents/AgentsPage.tsx"), "AgentsPage"),
});

/** Every page of the app; what a page shows is in its address. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    indexRoute,
    runsRoute,
    runRoute,
    assetsFolder.addChildren([assetsRoute, assetRoute]),
    lineageRoute,
    jobsRoute,
    jobRoute,
    backfillsRoute,
    backfillRoute,
    automationRoute,
    scheduleRoute,
    sensorRoute,
    locationsRoute,
    locationRoute,
    poolsRoute,
    agentsRoute,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: PageSkeleton,
  defaultPendingMs: 150,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
