import { useTranslation } from "react-i18next";
import { type JobOutcome, type JobStatus, jobTone, MOVES } from "../tones";
import { Badge } from "../ui/Badge";

interface Standing {
  status: JobStatus;
  outcome: JobOutcome | null;
}

/** How a job ended where it has ended, otherwise where it is. Its mark breathes while the job moves, unless it is `still`. */
export function JobBadge({ job, still = false }: { job: Standing; still?: boolean }) {
  const words = useJobWords();
  return (
    <Badge tone={jobTone(job.status, job.outcome)} pulse={!still && MOVES[job.status]}>
      {words(job)}
    </Badge>
  );
}

/** The same in words alone. */
export function useJobWords(): (job: Standing) => string {
  const { t } = useTranslation();
  return ({ status, outcome }) => (outcome === null ? t(`jobStatus.${status}`) : t(`jobOutcome.${outcome}`));
}
