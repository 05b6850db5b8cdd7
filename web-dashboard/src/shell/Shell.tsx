import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
import { useQuery } from "urql";
import { follow } from "../api/live";
import { session } from "../api/session";
import { useSignal } from "../api/signal";
import { SignIn } from "../features/session/SignInPage";
import { ViewerQuery } from "../features/session/viewer.query";
import { Skeleton } from "../ui/State";
import { ConnectionBar } from "./ConnectionBar";
import { Heartbeat } from "./heartbeat.query";
import { KeyHelp } from "./KeyHelp";
import { Sidebar } from "./Sidebar";

const TRY_AGAIN = 2_000;

/** What stands around every screen. Without a session it is the sign-in page, and the address stays as it is. */
export function Shell() {
  const { t } = useTranslation();
  const state = useSignal(session);
  const [viewer, refetch] = useQuery({ query: ViewerQuery, pause: state === "out" });
  const unreachable = state === "unknown" && viewer.error !== undefined;
  useEffect(() => {
    if (!unreachable || viewer.fetching) return undefined;
    const timer = setTimeout(() => refetch({ requestPolicy: "network-only" }), TRY_AGAIN);
    return () => clearTimeout(timer);
  }, [unreachable, viewer.fetching, refetch]);

  useEffect(() => (state === "in" ? holdConnection() : undefined), [state]);

  if (state === "out") return <SignIn />;
  return (
    <div className="flex min-h-dvh flex-col md:h-dvh md:flex-row">
      <a
        href="#main"
        className="absolute -top-10 left-2 z-50 rounded-md bg-ink px-3 py-1 text-paper focus:top-2"
      >
        {t("shell.skip")}
      </a>
      <Sidebar actor={viewer.data?.viewer.actor} version={viewer.data?.server.version} />
      <div className="flex min-w-0 flex-1 flex-col md:h-dvh">
        <ConnectionBar unreachable={unreachable} />
        <main id="main" className="min-h-0 flex-1 md:overflow-y-auto">
          <Suspense fallback={<Skeleton label={t("state.loading")} lines={6} />}>
            {state === "in" ? <Outlet /> : <Skeleton label={t("state.loading")} lines={6} />}
          </Suspense>
        </main>
      </div>
      <KeyHelp />
    </div>
  );
}

/** Whether the server is there is known on every screen, also on those that listen to nothing. */
function holdConnection(): () => void {
  const nothing = () => undefined;
  return follow(Heartbeat, () => ({}), { next: nothing, refused: nothing });
}
