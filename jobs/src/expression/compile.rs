//! Compiles a template's calls and expressions, and reports everything that can be known to be wrong with them.
//!
//! Never found here: running them.

use super::problem::{Field, Problem};
use super::reference::{Complaint, Names, Reference, Steps, Target};
use super::syntax::{Form, has_markup, holds_markup, is_plain_path, language_names, syntax_hint, whole_expression};
use super::value::{Condition, Formula, Part, Path, RESULT, With};
use super::{CallProgram, Program, StepProgram};
use crate::action::{Action, Repeat};
use crate::diagnostic::did_you_mean;
use crate::ids::{ActionName, StepIndex, StepName};
use crate::parameter::{Kind, LONGEST_VALUE, Parameter, Values, check_values};
use crate::template::{Step, Template};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Steps of the expression language one expression may take.
const FUEL: u64 = 20_000;

/// The longest condition, in bytes.
const LONGEST_CONDITION: usize = 4 * 1024;

type Actions = BTreeMap<ActionName, Arc<Action>>;

/// The program, and everything that is wrong with it. A program with errors is not to be run.
pub(super) fn compile(template: &Template, actions: &Actions) -> (Program, Vec<Problem>) {
    let found = template.workflow.iter().map(|step| actions.get(&step.action).cloned());
    let mut compiler = Compiler {
        environment: environment(),
        names: Names { template, actions: found.collect(), until: StepIndex(0) },
        all: actions,
        steps: Steps(steps(template, actions)),
        at: StepIndex(0),
        formulas: 0,
        problems: Vec::new(),
    };
    let steps = (0..).map(StepIndex).zip(&template.workflow).map(|(at, step)| compiler.step(at, step)).collect();
    (Program { environment: compiler.environment, steps }, compiler.problems)
}

fn steps(template: &Template, actions: &Actions) -> Arc<[(StepName, Arc<Action>)]> {
    let action = |step: &Step| actions.get(&step.action).cloned().unwrap_or_else(|| Arc::new(no_action(&step.action)));
    template.workflow.iter().map(|step| (step.step.clone(), action(step))).collect()
}

/// Stands where an action is not known, so that the rest of the template can be checked.
fn no_action(name: &ActionName) -> Action {
    Action {
        name: name.clone(),
        description: String::new(),
        parameters: BTreeMap::new(),
        output: BTreeMap::new(),
        timeout: crate::time::Duration::ZERO,
        repeat: Repeat::Never,
        on: crate::action::Place::Host,
        sudo: false,
        run: crate::action::Run::Script("".into()),
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(20);
    environment.set_debug(false);
    environment.remove_global("debug");
    // A text keeps its last line end, like every other text.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    // In a text, a value reads as a script would get it: lists and maps as JSON, nothing as nothing.
    environment.set_formatter(|out, _, value| {
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None if value.is_undefined() => return Err(ErrorKind::UndefinedError.into()),
            None if value.is_none() => String::new(),
            None => serde_json::to_string(value)
                .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))?,
        };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment
}

struct Compiler<'a> {
    environment: Environment<'static>,
    names: Names<'a>,
    all: &'a Actions,
    steps: Steps,
    at: StepIndex,
    formulas: usize,
    problems: Vec<Problem>,
}

/// A problem that is reported where the field is known.
struct Objection {
    message: String,
    hint: String,
}

impl Compiler<'_> {
    fn step(&mut self, at: StepIndex, step: &Step) -> StepProgram {
        self.at = at;
        self.names.until = at;
        let when = step.when.as_ref().and_then(|text| self.condition(text, Field::When));
        let run = self.call(&step.action, &step.with, Field::Action);
        // From here on the step's own results exist.
        self.names.until = StepIndex(at.0 + 1);
        let done_if = step.done_if.as_ref().and_then(|text| self.condition(text, Field::DoneIf));
        let undo = step.undo.as_ref().map(|call| self.call(&call.action, &call.with, Field::Undo));
        self.names.until = at;
        let verify = self.verification(step, &run.action);
        StepProgram { name: step.step.clone(), when, done_if, run, undo, verify }
    }

    fn report(&mut self, field: Field, objection: Objection) {
        let Objection { message, hint } = objection;
        let name = self.names.template.workflow[self.at.at()].step.clone();
        self.problems.push(Problem { step: self.at, name, field, message, hint, is_doubt: false });
    }

    fn report_complaint(&mut self, field: Field, complaint: Complaint) {
        let Complaint { message, hint, is_doubt } = complaint;
        self.report(field, Objection { message, hint });
        if let Some(problem) = self.problems.last_mut() {
            problem.is_doubt = is_doubt;
        }
    }

    /// The action that asks about an attempt in doubt, with those of the step's parameters that it takes.
    fn verification(&mut self, step: &Step, action: &Action) -> Option<CallProgram> {
        let Repeat::Verify(name) = &action.repeat else { return None };
        let Some(verify) = self.all.get(name).cloned() else {
            let message = format!("action `{}` is verified by `{name}`, which does not exist", action.name);
            self.report(Field::Action, Objection { message, hint: self.suggest_action(name) });
            return None;
        };
        let taken = step.with.iter().filter(|(name, _)| verify.parameters.contains_key(*name));
        let with: Values = taken.map(|(name, value)| (name.clone(), value.clone())).collect();
        Some(self.call(&verify.name, &with, Field::Action))
    }

    fn suggest_action(&self, name: &ActionName) -> String {
        match did_you_mean(name.as_str(), self.all.keys().map(ActionName::as_str)) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "install the pack it comes from, or see `stagger template show` for what there is".to_owned(),
        }
    }

    /// A call of an action; `at` is `Field::Action` or `Field::Undo`.
    fn call(&mut self, name: &ActionName, with: &Values, at: Field) -> CallProgram {
        let Some(action) = self.all.get(name).cloned() else {
            self.report(
                at,
                Objection { message: format!("there is no action `{name}`"), hint: self.suggest_action(name) },
            );
            return CallProgram { action: Arc::new(no_action(name)), with: With::Constant(Arc::default()) };
        };
        let field = |name: Option<&str>| match at {
            Field::Undo => Field::UndoWith(name.map(str::to_owned)),
            _ => Field::With(name.map(str::to_owned)),
        };
        let parts: BTreeMap<String, Part> = with
            .iter()
            .filter_map(|(name, value)| {
                let part = self.part(value, &field(Some(name)));
                part.map(|part| (name.clone(), part))
            })
            .collect();
        self.check_call(&action, with, &parts, &field);
        let with = match constant(&action, &parts) {
            Some(values) => With::Constant(Arc::new(values)),
            None => With::Computed(parts),
        };
        CallProgram { action, with }
    }

    /// Unknown and missing parameters, values that cannot fit, and secrets that would be shown.
    fn check_call(
        &mut self,
        action: &Action,
        with: &Values,
        parts: &BTreeMap<String, Part>,
        field: &dyn Fn(Option<&str>) -> Field,
    ) {
        let constants =
            parts.iter().filter_map(|(name, part)| Some((name.clone(), part.constant()?.clone()))).collect();
        for problem in check_values(&action.parameters, constants).err().unwrap_or_default() {
            let is_given = with.contains_key(&problem.name);
            let is_constant = parts.get(&problem.name).is_some_and(|part| part.constant().is_some());
            if is_given && !is_constant {
                continue;
            }
            let message = format!("action `{}`: {}", action.name, problem.message);
            self.report(field(is_given.then_some(&problem.name)), Objection { message, hint: problem.hint });
        }
        for (name, part) in parts.iter().filter(|(_, part)| part.constant().is_none()) {
            if let Some(objection) = self.misfit(action, name, part) {
                self.report(field(Some(name)), objection);
            }
        }
    }

    /// What can be known to be wrong with a value that is worked out later.
    fn misfit(&self, action: &Action, name: &str, part: &Part) -> Option<Objection> {
        let Some(wanted) = action.parameters.get(name) else {
            let problem =
                check_values(&action.parameters, Values::from([(name.to_owned(), Value::Bool(true))])).err()?;
            let problem = problem.into_iter().find(|problem| problem.name == name)?;
            return Some(Objection {
                message: format!("action `{}`: {}", action.name, problem.message),
                hint: problem.hint,
            });
        };
        let given = self.params_in(part);
        if let Some((secret, _)) = given.iter().find(|(_, given)| given.secret && !wanted.secret) {
            return Some(Objection {
                message: format!("`{secret}` is a secret, and parameter `{name}` of action `{}` is not", action.name),
                hint:
                    "declare the action's parameter with `secret: true`, so that it is resolved and kept out of the log"
                        .into(),
            });
        }
        let kind = match part {
            Part::Path(_) => given.first().map(|(_, given)| given.kind)?,
            Part::Text(_) => Kind::String,
            Part::List(_) => Kind::Array,
            Part::Map(_) => Kind::Object,
            Part::Whole(_) | Part::Constant(_) => return None,
        };
        let fits = kind == wanted.kind || (kind == Kind::Integer && wanted.kind == Kind::Number);
        (!fits).then(|| Objection {
            message: format!(
                "parameter `{name}` of action `{}` is {}, and this gives {kind}",
                action.name, wanted.kind
            ),
            hint: format!("give it {}", wanted.kind),
        })
    }

    /// The template's own parameters that a value is made of.
    fn params_in(&self, part: &Part) -> Vec<(String, &Parameter)> {
        let references: Vec<&Reference> = match part {
            Part::Path(path) => vec![&path.reference],
            Part::Whole(formula) | Part::Text(formula) => {
                formula.needs.iter().map(|(_, reference)| reference).collect()
            }
            Part::List(parts) => return parts.iter().flat_map(|part| self.params_in(part)).collect(),
            Part::Map(parts) => return parts.iter().flat_map(|(_, part)| self.params_in(part)).collect(),
            Part::Constant(_) => Vec::new(),
        };
        let direct = references.into_iter().filter(|reference| reference.rest.is_empty());
        direct
            .filter_map(|reference| match &reference.target {
                Target::Param(name) => Some((format!("params.{name}"), self.names.template.parameters.get(name)?)),
                _ => None,
            })
            .collect()
    }

    fn condition(&mut self, text: &str, field: Field) -> Option<Condition> {
        let expression = whole_expression(text).unwrap_or(text).trim();
        if expression.len() > LONGEST_CONDITION {
            let message = format!("the condition is longer than {LONGEST_CONDITION} bytes");
            self.report(field, Objection { message, hint: "let the action give an output, and compare that".into() });
            return None;
        }
        if is_plain_path(expression) {
            return self.path(expression, &field).map(Condition::Path);
        }
        self.formula(expression, Form::Expression, &field).map(Condition::Formula)
    }

    fn part(&mut self, value: &Value, field: &Field) -> Option<Part> {
        match value {
            Value::String(text) if has_markup(text) => self.text(text, field),
            Value::Array(items) if items.iter().any(holds_markup) => {
                items.iter().map(|item| self.part(item, field)).collect::<Option<_>>().map(Part::List)
            }
            Value::Object(entries) if entries.values().any(holds_markup) => {
                let parts = entries.iter().map(|(key, value)| Some((key.clone(), self.part(value, field)?)));
                parts.collect::<Option<_>>().map(Part::Map)
            }
            constant => Some(Part::Constant(constant.clone())),
        }
    }

    fn text(&mut self, text: &str, field: &Field) -> Option<Part> {
        if text.len() > LONGEST_VALUE {
            let message = format!("the text is longer than {LONGEST_VALUE} bytes");
            self.report(field.clone(), Objection { message, hint: "put it into a file that a script reads".into() });
            return None;
        }
        match whole_expression(text).map(str::trim) {
            Some(path) if is_plain_path(path) => self.path(path, field).map(Part::Path),
            Some(expression) if self.environment.compile_expression_owned(expression.to_owned()).is_ok() => {
                self.formula(expression, Form::Expression, field).map(Part::Whole)
            }
            _ => self.formula(text, Form::Text, field).map(Part::Text),
        }
    }

    fn path(&mut self, text: &str, field: &Field) -> Option<Path> {
        let reference = self.reference(text, field)?;
        Some(Path { text: text.to_owned(), reference, steps: self.steps.clone() })
    }

    /// What a path refers to; a problem where it leads nowhere.
    fn reference(&mut self, path: &str, field: &Field) -> Option<Reference> {
        match self.names.resolve(path) {
            Ok(reference) => Some(reference),
            Err(complaint) => {
                let doubtful = complaint.is_doubt.then(|| self.names.doubtful(path)).flatten();
                self.report_complaint(field.clone(), complaint);
                doubtful
            }
        }
    }

    fn formula(&mut self, text: &str, form: Form, field: &Field) -> Option<Formula> {
        let name = format!("expression {}", self.formulas);
        self.formulas += 1;
        let undeclared = match self.add(&name, text, form) {
            Ok(undeclared) => undeclared,
            Err(error) => {
                let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                self.report(
                    field.clone(),
                    Objection { message: format!("`{text}` is not an expression: {message}"), hint: syntax_hint(text) },
                );
                return None;
            }
        };
        for objection in self.unknown_names(text, form) {
            self.report(field.clone(), objection);
        }
        let mut needs = Vec::new();
        for path in undeclared {
            if let Some(reference) = self.reference(&path, field) {
                needs.push((path, reference));
            }
        }
        Some(Formula { name, text: text.to_owned(), needs, steps: self.steps.clone() })
    }

    /// Compiles a text under a name; the paths it refers to, sorted.
    fn add(&mut self, name: &str, text: &str, form: Form) -> Result<BTreeSet<String>, minijinja::Error> {
        let source = match form {
            Form::Text => text.to_owned(),
            Form::Expression => {
                // Refuses what is an expression only together with what is put around it.
                self.environment.compile_expression_owned(text.to_owned())?;
                format!("{{% set {RESULT} = {text} %}}")
            }
        };
        self.environment.add_template_owned(name.to_owned(), source)?;
        let undeclared = self.environment.get_template(name)?.undeclared_variables(true);
        let globals: BTreeSet<String> = self.environment.globals().map(|(name, _)| name.to_owned()).collect();
        Ok(undeclared.into_iter().filter(|path| !globals.contains(path)).collect())
    }

    /// Filters and tests the language does not have. It would find out only on the first host.
    fn unknown_names(&self, text: &str, form: Form) -> Vec<Objection> {
        let mut state = self.environment.empty_state();
        let names = language_names(text, form);
        let filters = names.filters.into_iter().filter_map(|name| {
            let error = state.apply_filter(&name, &[]).err()?;
            (error.kind() == ErrorKind::UnknownFilter).then(|| unknown_name("filter", &name, FILTERS))
        });
        let mut objections: Vec<Objection> = filters.collect();
        objections.extend(names.tests.into_iter().filter_map(|name| {
            let error = state.perform_test(&name, &[]).err()?;
            (error.kind() == ErrorKind::UnknownTest).then(|| unknown_name("test", &name, TESTS))
        }));
        objections
    }
}

/// For suggestions.
const FILTERS: &[&str] = &[
    "abs", "bool", "default", "first", "float", "int", "items", "join", "last", "length", "list", "lower", "map",
    "max", "min", "reject", "replace", "reverse", "round", "select", "sort", "split", "string", "sum", "title",
    "tojson", "trim", "unique", "upper",
];

/// For suggestions.
const TESTS: &[&str] = &[
    "boolean",
    "containing",
    "defined",
    "endingwith",
    "even",
    "false",
    "in",
    "integer",
    "none",
    "number",
    "odd",
    "startingwith",
    "string",
    "true",
    "undefined",
];

fn unknown_name(what: &str, name: &str, known: &[&'static str]) -> Objection {
    let hint = match did_you_mean(name, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    Objection { message: format!("there is no {what} `{name}`"), hint }
}

/// The parameters of a call that is the same for every host. `None` where a value is worked out, or where they do not
/// fit, which is reported elsewhere.
fn constant(action: &Action, parts: &BTreeMap<String, Part>) -> Option<Values> {
    let values: Option<Values> =
        parts.iter().map(|(name, part)| Some((name.clone(), part.constant()?.clone()))).collect();
    check_values(&action.parameters, values?).ok()
}
