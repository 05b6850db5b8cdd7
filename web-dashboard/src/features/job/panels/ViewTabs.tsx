import { useTranslation } from "react-i18next";
import { JOB_VIEWS, type JobView } from "../../../links";

/** The ways to look at the hosts of a job. */
export function ViewTabs({ view, onView }: { view: JobView; onView: (view: JobView) => void }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("job.views")} className="flex gap-4 border-b border-line px-4">
      {JOB_VIEWS.map((name) => (
        <button
          key={name}
          type="button"
          aria-current={name === view ? "page" : undefined}
          onClick={() => onView(name)}
          className="-mb-px h-9 border-b-2 border-transparent font-medium text-ink-2 hover:text-ink aria-[current=page]:border-ink aria-[current=page]:text-ink"
        >
          {t(`view.${name}`)}
        </button>
      ))}
    </nav>
  );
}
