import { createBrowserRouter } from "react-router";
import { SignInPage } from "./features/session/SignInPage";
import { Shell } from "./shell/Shell";
import { NotFound, Opening, PageFailed } from "./shell/Fallbacks";

/** The site map. Every screen is a chunk of its own. */
export const router = createBrowserRouter([
  { path: "/sign-in", Component: SignInPage, ErrorBoundary: PageFailed },
  {
    path: "/",
    Component: Shell,
    HydrateFallback: Opening,
    ErrorBoundary: PageFailed,
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import("./features/overview/OverviewPage")).OverviewPage }),
        ErrorBoundary: PageFailed,
      },
      {
        path: "jobs",
        lazy: async () => ({ Component: (await import("./features/jobs/JobsPage")).JobsPage }),
        ErrorBoundary: PageFailed,
      },
      {
        path: "jobs/:ulid",
        lazy: async () => ({ Component: (await import("./features/job/JobPage")).JobPage }),
        ErrorBoundary: PageFailed,
      },
      { path: "*", Component: NotFound },
    ],
  },
]);
