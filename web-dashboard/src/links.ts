/* Every address of the dashboard. Nothing else builds one. */

export const JOB_VIEWS = ["grid", "hosts", "timeline", "plan"] as const;
export type JobView = (typeof JOB_VIEWS)[number];

/** What a job's address says besides the job. What is not said is the usual. */
export interface JobPlace {
  view?: JobView;
  /** How the grid is grouped: `batch`, or a label. */
  group?: string;
  /** The host whose drawer is open. */
  host?: string;
  /** The error whose hosts stand out. */
  error?: string;
  /** Which hosts the list shows. */
  only?: string;
}

export const links = {
  home: () => "/",
  signIn: () => "/sign-in",
  jobs: (filter: { status?: string; q?: string } = {}) => withSearch("/jobs", { ...filter }),
  job: (ulid: string, place: JobPlace = {}) => withSearch(`/jobs/${encodeURIComponent(ulid)}`, { ...place }),
};

function withSearch(path: string, parts: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (value !== undefined && value !== "") search.set(name, value);
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
