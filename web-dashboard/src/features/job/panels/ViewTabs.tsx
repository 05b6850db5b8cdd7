import { useTranslation } from "react-i18next";
import { JOB_VIEWS, type JobView } from "../../../links";
import { Tabs } from "../../../ui/Tabs";

/** The ways to look at the hosts of a job. */
export function ViewTabs({ view, onView }: { view: JobView; onView: (view: JobView) => void }) {
  const { t } = useTranslation();
  return <Tabs label={t("job.views")} value={view} onChoose={onView} choices={JOB_VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))} />;
}
