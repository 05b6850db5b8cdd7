//! Putting templates in place and taking them away.
//!
//! Never found here: reading YAML (`source`).

use super::submit;
use crate::fault::{backend, fault};
use crate::source;
use crate::template::Template;
use crate::user_error::{Diagnostic, UserError};
use async_graphql::{Context, Error, InputObject, Object, SimpleObject};
use jobs::command::Body;
use std::sync::Arc;

/// A template as text.
#[derive(InputObject, Clone, Debug)]
pub struct ApplyTemplateInput {
    /// The template in YAML.
    source: String,
    /// The name of the file it comes from, for the diagnostics; otherwise `template.yaml`.
    file: Option<String>,
    /// The version the text was made from, 0 for a new template. Where another one stands by now, nothing is applied and
    /// the error is `CONFLICT`; without it the text takes the place of whatever is there.
    base_version: Option<u32>,
}

/// Which template.
#[derive(InputObject, Clone, Debug)]
pub struct RemoveTemplateInput {
    /// Its name.
    template: String,
    /// Why, for the log.
    reason: Option<String>,
}

/// A template as it is now, or why nothing was changed.
#[derive(SimpleObject, Clone, Debug)]
pub struct TemplatePayload {
    /// The template.
    template: Option<Template>,
    /// What is wrong in the text, and where; there may be warnings although it was applied.
    diagnostics: Vec<Diagnostic>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TemplateMutation;

#[Object]
impl TemplateMutation {
    /// Puts a version of a template in place. Applying the same text again changes nothing.
    async fn apply_template(&self, ctx: &Context<'_>, input: ApplyTemplateInput) -> Result<TemplatePayload, Error> {
        let file = input.file.as_deref().unwrap_or("template.yaml");
        let read = source::template(&**backend(ctx)?, file, &input.source).await.map_err(fault)?;
        let (Some(template), diagnostics) = read else { return Ok(TemplatePayload::unreadable(read.1)) };
        let name = template.name.clone();
        let (source, base) = (input.source.into(), input.base_version);
        let body = Body::ApplyTemplate { template: Arc::new(template), source, base };
        let payload = match submit(ctx, body, None).await? {
            Ok(_) => TemplatePayload::done(Template::find(&**backend(ctx)?, name).await.map_err(fault)?),
            Err(error) => TemplatePayload::refused(error),
        };
        Ok(TemplatePayload { diagnostics, ..payload })
    }

    /// Takes a template away. Its jobs are not touched.
    async fn remove_template(&self, ctx: &Context<'_>, input: RemoveTemplateInput) -> Result<TemplatePayload, Error> {
        let name: jobs::ids::TemplateName = input.template.into();
        let reason = input.reason.unwrap_or_default().into();
        match submit(ctx, Body::RemoveTemplate { template: name.clone(), reason }, None).await? {
            Ok(_) => Ok(TemplatePayload::done(Template::find(&**backend(ctx)?, name).await.map_err(fault)?)),
            Err(error) => Ok(TemplatePayload::refused(error)),
        }
    }
}

impl TemplatePayload {
    fn done(template: Option<Template>) -> TemplatePayload {
        TemplatePayload { template, diagnostics: Vec::new(), user_errors: Vec::new() }
    }

    fn refused(error: UserError) -> TemplatePayload {
        TemplatePayload { template: None, diagnostics: Vec::new(), user_errors: vec![error] }
    }

    fn unreadable(diagnostics: Vec<Diagnostic>) -> TemplatePayload {
        let error = UserError::unreadable("source", &diagnostics);
        TemplatePayload { template: None, diagnostics, user_errors: vec![error] }
    }
}
