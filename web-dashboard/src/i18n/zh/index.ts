import audit from "./audit.json";
import events from "./events.json";
import fleet from "./fleet.json";
import job from "./job.json";
import jobs from "./jobs.json";
import library from "./library.json";
import newJob from "./newJob.json";
import overview from "./overview.json";
import replay from "./replay.json";
import rollout from "./rollout.json";
import schedules from "./schedules.json";
import session from "./session.json";
import shell from "./shell.json";
import statistics from "./statistics.json";

/** The sentences of the API by their keys. They are many, and apart so that the keys of the others stay quick to check. */
export { default as sentences } from "./sentences.json";

/** Every text, a file a subject. */
export default {
  ...shell,
  ...session,
  ...overview,
  ...job,
  ...jobs,
  ...rollout,
  ...events,
  ...newJob,
  ...audit,
  ...replay,
  ...fleet,
  ...library,
  ...schedules,
  ...statistics,
};
