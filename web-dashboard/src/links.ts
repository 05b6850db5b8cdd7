/* Every address of the dashboard. Nothing else builds one. */

export const JOB_VIEWS = ["grid", "hosts", "workflow", "timeline", "plan"] as const;
export type JobView = (typeof JOB_VIEWS)[number];

export const TEMPLATE_VIEWS = ["workflow", "code", "versions", "edit"] as const;
export type TemplateView = (typeof TEMPLATE_VIEWS)[number];

/** What a job's address says besides the job. What is not said is the usual. */
export interface JobPlace {
  view?: JobView;
  /** How the grid is grouped: `batch`, or a label. */
  group?: string;
  /** The host whose drawer is open. */
  host?: string;
  /** The attempt whose output is shown there, by its token. */
  attempt?: string;
  /** The error whose hosts stand out. */
  error?: string;
  /** Which hosts the list shows. */
  only?: string;
}

export const links = {
  home: () => "/",
  signIn: () => "/sign-in",
  jobs: (filter: { status?: string; outcome?: string; template?: string; by?: string; q?: string } = {}) => withSearch("/jobs", { ...filter }),
  /** The form of a new job, filled in as far as is said. */
  newJob: ({ parameters = {}, ...from }: { template?: string; targets?: string; parameters?: Record<string, string> } = {}) =>
    withSearch("/jobs/new", { ...from, ...prefixed("p.", parameters) }),
  job: (ulid: string, place: JobPlace = {}) => withSearch(`/jobs/${encodeURIComponent(ulid)}`, { ...place }),
  /** A job as it was at a position of the log. */
  replay: (ulid: string, at?: number) => withSearch(`/jobs/${encodeURIComponent(ulid)}/replay`, { at: at?.toString() }),
  hosts: (filter: { selector?: string; q?: string; only?: string } = {}) => withSearch("/hosts", { ...filter }),
  host: (name: string, place: { view?: string } = {}) => withSearch(`/hosts/${encodeURIComponent(name)}`, { ...place }),
  templates: () => "/templates",
  newTemplate: () => "/templates/new",
  template: (name: string, place: { view?: TemplateView; version?: string } = {}) =>
    withSearch(`/templates/${encodeURIComponent(name)}`, { ...place }),
  actions: (filter: { q?: string; pack?: string } = {}) => withSearch("/actions", { ...filter }),
  action: (name: string) => `/actions/${encodeURIComponent(name)}`,
  schedules: (place: { view?: string; at?: string; schedule?: string; moment?: string; form?: string } = {}) => withSearch("/schedules", { ...place }),
  statistics: (place: { template?: string; days?: string; view?: string } = {}) => withSearch("/statistics", { ...place }),
  audit: (filter: { job?: string; host?: string; actor?: string; kind?: string; event?: string } = {}) =>
    withSearch("/audit", { ...filter }),
};

function prefixed(prefix: string, parts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [prefix + name, value]));
}

/** Whose work the dashboard holds: a file beside it, made when it is built. */
export const NOTICES = "/third-party-licences.txt";

function withSearch(path: string, parts: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (value !== undefined && value !== "") search.set(name, value);
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
