//! Every operation the command line asks the API for, kept as GraphQL files so that a test can carry each of them out.
//!
//! Never found here: an operation put together at run time.

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in the document.
    pub name: &'static str,
    /// The document.
    pub text: &'static str,
}

/// Defines the operations and the list of all of them.
macro_rules! operations {
    ($($constant:ident = $name:literal in $($file:literal)+;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: Operation =
                Operation { name: $name, text: concat!($(include_str!(concat!("operations/", $file, ".graphql"))),+) };
        )*

        /// All of them.
        pub const ALL: &[Operation] = &[$($constant),*];
    };
}

operations! {
    CREATE_JOB = "CreateJob" in "create_job";
    PREVIEW_PLAN = "PreviewPlan" in "preview_plan";
    TEMPLATE_PARAMETERS = "TemplateParameters" in "template_parameters";
    LIST_JOBS = "ListJobs" in "list_jobs" "counts";
    SHOW_JOB = "ShowJob" in "show_job" "counts" "batch";
    JOB_TO_STEER = "JobToSteer" in "job_to_steer" "counts" "batch";
    WATCH_JOB = "WatchJob" in "watch_job" "counts" "batch";
    WHY_HOST = "WhyHost" in "why_host";
    HOST_STEPS = "HostSteps" in "host_steps";
    READ_OUTPUT = "ReadOutput" in "read_output";
    FOLLOW_OUTPUT = "FollowOutput" in "follow_output";
    START_JOB = "StartJob" in "start_job" "steered";
    HOLD_JOB = "HoldJob" in "hold_job" "steered";
    RESUME_JOB = "ResumeJob" in "resume_job" "steered";
    DRAIN_JOB = "DrainJob" in "drain_job" "steered";
    CANCEL_JOB = "CancelJob" in "cancel_job" "steered";
    KILL_JOB = "KillJob" in "kill_job" "steered";
    APPROVE_BATCH = "ApproveBatch" in "approve_batch" "steered";
    RETRY_HOSTS = "RetryHosts" in "retry_hosts" "steered";
    ACCEPT_HOSTS = "AcceptHosts" in "accept_hosts" "steered";
    RESOLVE_IN_DOUBT = "ResolveInDoubt" in "resolve_in_doubt" "steered";
    APPLY_TEMPLATE = "ApplyTemplate" in "apply_template";
    VALIDATE_TEMPLATE = "ValidateTemplate" in "validate_template";
    LIST_TEMPLATES = "ListTemplates" in "list_templates";
    SHOW_TEMPLATE = "ShowTemplate" in "show_template";
    REMOVE_TEMPLATE = "RemoveTemplate" in "remove_template";
    LIST_HOSTS = "ListHosts" in "list_hosts";
    SHOW_HOST = "ShowHost" in "show_host";
    PUT_INVENTORY = "PutInventory" in "put_inventory";
    CREATE_SCHEDULE = "CreateSchedule" in "create_schedule";
    LIST_SCHEDULES = "ListSchedules" in "list_schedules";
    SCHEDULE_TO_UPDATE = "ScheduleToUpdate" in "schedule_to_update";
    UPDATE_SCHEDULE = "UpdateSchedule" in "update_schedule";
    PAUSE_SCHEDULE = "PauseSchedule" in "pause_schedule";
    RESUME_SCHEDULE = "ResumeSchedule" in "resume_schedule";
    RUN_SCHEDULE_NOW = "RunScheduleNow" in "run_schedule_now";
    DELETE_SCHEDULE = "DeleteSchedule" in "delete_schedule";
    NEXT_FIRINGS = "NextFirings" in "next_firings";
    PREVIEW_CRON = "PreviewCron" in "preview_cron";
    LIST_EVENTS = "ListEvents" in "list_events";
    FOLLOW_EVENTS = "FollowEvents" in "follow_events";
    CREATE_TOKEN = "CreateToken" in "create_token";
    LIST_TOKENS = "ListTokens" in "list_tokens";
    REVOKE_TOKEN = "RevokeToken" in "revoke_token";
}
