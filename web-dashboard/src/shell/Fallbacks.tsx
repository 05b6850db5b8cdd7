import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { links } from "../links";
import { Button } from "../ui/Button";
import { Skeleton, State } from "../ui/State";

/** While the code of the first screen is on its way. */
export function Opening() {
  const { t } = useTranslation();
  return <Skeleton label={t("state.loading")} lines={6} />;
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <State page title={t("state.noPage")} action={<Link className="text-accent underline" to={links.home()}>{t("nav.overview")}</Link>}>
      {t("state.noPageExplain")}
    </State>
  );
}

/** A screen that broke, or whose code is gone because the server was upgraded meanwhile. */
export function PageFailed() {
  const { t } = useTranslation();
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <State
      page
      tone="failed"
      title={t("state.broken")}
      action={<Button onClick={() => location.reload()}>{t("state.reload")}</Button>}
    >
      <p>{t("state.brokenExplain")}</p>
      <p className="mt-2 font-mono text-sm text-ink-3">{error instanceof Error ? error.message : String(error)}</p>
    </State>
  );
}
