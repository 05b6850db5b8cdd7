import { createBrowserRouter, type RouteObject } from "react-router";
import { SignInPage } from "./features/session/SignInPage";
import { Shell } from "./shell/Shell";
import { NotFound, Opening, PageFailed } from "./shell/Fallbacks";

/** A screen: a chunk of its own, and a page in its place when it breaks. */
function screen(path: string, load: () => Promise<NonNullable<RouteObject["Component"]>>): RouteObject {
  return { path, lazy: async () => ({ Component: await load() }), ErrorBoundary: PageFailed };
}

/** The site map. */
export const router = createBrowserRouter([
  { path: "/sign-in", Component: SignInPage, ErrorBoundary: PageFailed },
  {
    path: "/",
    Component: Shell,
    HydrateFallback: Opening,
    ErrorBoundary: PageFailed,
    children: [
      screen("", async () => (await import("./features/overview/OverviewPage")).OverviewPage),
      screen("jobs", async () => (await import("./features/jobs/JobsPage")).JobsPage),
      screen("jobs/new", async () => (await import("./features/newJob/NewJobPage")).NewJobPage),
      screen("jobs/:ulid", async () => (await import("./features/job/JobPage")).JobPage),
      screen("jobs/:ulid/replay", async () => (await import("./features/replay/ReplayPage")).ReplayPage),
      screen("hosts", async () => (await import("./features/hosts/HostsPage")).HostsPage),
      screen("hosts/:name", async () => (await import("./features/hosts/HostPage")).HostPage),
      screen("templates", async () => (await import("./features/templates/TemplatesPage")).TemplatesPage),
      screen("templates/new", async () => (await import("./features/templates/NewTemplatePage")).NewTemplatePage),
      screen("templates/:name", async () => (await import("./features/templates/TemplatePage")).TemplatePage),
      screen("actions", async () => (await import("./features/actions/ActionsPage")).ActionsPage),
      screen("actions/:name", async () => (await import("./features/actions/ActionPage")).ActionPage),
      screen("schedules", async () => (await import("./features/schedules/SchedulesPage")).SchedulesPage),
      screen("statistics", async () => (await import("./features/statistics/StatisticsPage")).StatisticsPage),
      screen("audit", async () => (await import("./features/audit/AuditPage")).AuditPage),
      { path: "*", Component: NotFound },
    ],
  },
]);
