import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Skeleton, State } from "../../ui/State";
import { JobZone } from "../../useFormat";
import { ReplayScreen } from "./ReplayScreen";
import { useReplay } from "./useReplay";

/** A job as it was at any moment since it was created. */
export function ReplayPage() {
  const { t } = useTranslation();
  const { ulid = "" } = useParams();
  const { job, error } = useReplay(ulid);
  if (job === null) return <State page title={t("job.missing", { ulid })} />;
  if (job !== undefined) {
    return (
      <JobZone value={job.due?.zone ?? null}>
        <ReplayScreen key={ulid} job={job} />
      </JobZone>
    );
  }
  if (error === null) return <Skeleton label={t("state.loading")} lines={8} />;
  return (
    <State page tone="failed" title={t("state.refused")}>
      {error}
    </State>
  );
}
