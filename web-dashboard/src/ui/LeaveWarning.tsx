import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type Location, useBlocker } from "react-router";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface LeaveWarningProps {
  /** Whether there is something that would be left. */
  when: boolean;
  /** Whether going from one address to another leaves it. */
  leaves: (from: Location, to: Location) => boolean;
  title: string;
  explain: string;
}

/** Asks before something unfinished is left, by whatever way. */
export function LeaveWarning({ when, leaves, title, explain }: LeaveWarningProps) {
  const { t } = useTranslation();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => when && leaves(currentLocation, nextLocation));
  useEffect(() => {
    if (!when) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [when]);
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog
      title={title}
      onClose={() => blocker.reset()}
      onSubmit={() => blocker.proceed()}
      footer={
        <>
          <Button onClick={() => blocker.reset()}>{t("leave.stay")}</Button>
          <Button type="submit" look="primary" data-begin>
            {t("leave.go")}
          </Button>
        </>
      }
    >
      <p>{explain}</p>
    </Dialog>
  );
}

/** Leaving for another page. What the address says besides is no other page. */
export const leavesPage = (from: Location, to: Location) => from.pathname !== to.pathname;
