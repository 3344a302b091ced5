//! What a guard was made with: the switches and functions that its maker was given.

use std::collections::BTreeSet;

use super::{path::Label, request::GivenTo};
use crate::{
    facts::{ClassKind, ExpressionId, ExpressionKind, ParameterKind, Pattern, StatementKind, Text},
    project::{Body, Call, Definition, FunctionRef, In, Value, views::Setting},
};

/// How many makers hand each other on what they make.
const MAKERS_MAX: usize = 4;

/// What is known of the parameters of a guard's maker, as they are written in it: `required`, `config.Skipper`.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) switches: Vec<(Text, Label)>,
    /// The same of the entries of an object: `options.optional`.
    pub(super) options: Vec<(Text, Label)>,
    /// Functions that tell requests apart.
    pub(super) functions: Vec<(Text, FunctionRef)>,
    pub(super) given: Vec<GivenTo>,
    /// The switches that a constructor was told, and that are not so by default.
    told: Vec<Text>,
}

impl Made {
    /// What a guard was made with: `requireUser(true)`, `withConfig(Config{Skipper: isPublic})`.
    pub(super) fn of(guard: Value<'_>) -> Self {
        let mut next = written(guard).or_else(|| wrapping(guard));
        if let Some((call, constructor)) = next.and_then(constructed) {
            return Self::of_object(call, constructor);
        }
        let mut made = Self::default();
        for _ in 0..MAKERS_MAX {
            let Some((call, maker)) = next.and_then(|call| Some((call, call.callee()?))) else {
                break;
            };
            let given = made.given.into_iter().chain(given_to(maker, call));
            made = Self { given: given.collect(), ..Self::default() };
            let given = maker.function().plain_parameters().zip(call.positional());
            for (name, value) in given.filter_map(|(one, value)| Some((one.name()?, value))) {
                made.add(name, value, maker);
            }
            made.add_options(call, maker);
            // `return withConfig(config)`: what that one makes is the guard.
            next = maker.returned().last().and_then(written);
        }
        made
    }

    /// What the fields of an object are set to that keep what its constructor is given: `self.strict = strict`.
    fn of_object(call: Call<'_>, constructor: Body<'_>) -> Self {
        let mut made = Self::default();
        for (number, parameter) in constructor.function().plain_parameters().enumerate() {
            let Some(name) = parameter.name() else { continue };
            let given = call.named(name).or_else(|| call.argument(number));
            let default = || {
                Some(call.project.value(In { file: constructor.at.file, id: parameter.default? }))
            };
            let value = given.or_else(default);
            let Some(switch) = value.and_then(|value| value.constant().boolean()) else { continue };
            for field in kept_in(constructor, name) {
                made.told.extend(given.map(|_| field.clone()));
                made.switches.push((field, if switch { Label::Set } else { Label::Null }));
            }
        }
        made
    }

    /// The switches of an object if it had not been told any.
    pub(super) fn untold(&self) -> Option<Vec<(Text, Label)>> {
        let untold = self.switches.iter().map(|(name, label)| {
            let label = if self.told.contains(name) { Label::Null } else { *label };
            (name.clone(), label)
        });
        (!self.told.is_empty()).then(|| untold.collect())
    }

    /// The options if nothing had been told.
    pub(super) fn untold_options(&self) -> Option<Vec<(Text, Label)>> {
        let is_told = self.options.iter().any(|(_, label)| *label == Label::Set);
        let untold = self.options.iter().map(|(name, _)| (name.clone(), Label::Null));
        is_told.then(|| self.switches.iter().cloned().chain(untold).collect())
    }

    fn add(&mut self, name: &Text, value: Value<'_>, maker: Body<'_>) {
        if let Some(switch) = value.constant().boolean() {
            self.switches.push((name.clone(), if switch { Label::Set } else { Label::Null }));
        }
        let Some(literal) = value.structure() else { return };
        let Definition::Class(class) = literal.callee_value().resolve() else { return };
        let class = value.project.class(class).class();
        let is_plain = class.kind == ClassKind::Structure && literal.positional().next().is_none();
        for field in class.fields.iter().filter(|_| is_plain) {
            let whole = Text::from(format!("{name}.{}", field.name));
            let given = literal.named(&field.name).or_else(|| assigned(value, &field.name));
            let otherwise = || assigned_to(name, &field.name, maker);
            match given.or_else(otherwise) {
                Some(given) => {
                    let function = given.as_function().map(|body| (whole, body.at));
                    self.functions.extend(function);
                }
                None => self.switches.push((whole, Label::Null)),
            }
        }
    }

    /// What a maker of JavaScript is told by an object: `requireUser({ optional: true })`. What is not told is not so.
    fn add_options(&mut self, call: Call<'_>, maker: Body<'_>) {
        let is_script = maker.unit().file.language.is_script();
        let parameters = maker.function().plain_parameters().filter(|_| is_script);
        for (number, parameter) in parameters.enumerate() {
            let default =
                || Some(call.project.value(In { file: maker.at.file, id: parameter.default? }));
            let Some(given) = call.argument(number).or_else(default) else { continue };
            if !matches!(given.kind(), ExpressionKind::Object(_)) {
                continue;
            }
            let told = |key: &str| match given.entry(key) {
                Setting::Given(value) => switched_to(value),
                Setting::Absent => Some(Label::Null),
                Setting::Unknown => None,
            };
            match &parameter.pattern {
                Pattern::Name(name) if !is_filled_in(maker, name) => {
                    for option in members_read(maker, name) {
                        let label = told(&option);
                        let whole = Text::from(format!("{name}.{option}"));
                        self.options.extend(label.map(|label| (whole, label)));
                    }
                }
                Pattern::Fields { fields, .. } => {
                    // What has a default of its own is so where nothing is told.
                    for (key, pattern) in fields {
                        let is_told = !matches!(given.entry(key), Setting::Absent);
                        let (name, label) = match pattern {
                            Pattern::Name(name) => (name, told(key)),
                            Pattern::WithDefault(inner, default) => {
                                let Some(name) = inner.as_name() else { continue };
                                let at = In { file: maker.at.file, id: *default };
                                let default = || switched_to(call.project.value(at));
                                (name, if is_told { told(key) } else { default() })
                            }
                            _ => continue,
                        };
                        self.options.extend(label.map(|label| (name.clone(), label)));
                    }
                }
                _ => {}
            }
        }
    }

    /// Was the guard told to let strangers pass: `requireUser(false)`?
    pub(super) fn is_switched_off(&self) -> bool {
        let is_off = |(name, label): &(Text, Label)| *label == Label::Null && !name.contains('.');
        self.switches.iter().any(is_off)
    }
}

/// What a switch is set to, if that can be told.
fn switched_to(value: Value<'_>) -> Option<Label> {
    match value.unwrapped().kind() {
        ExpressionKind::Null => Some(Label::Null),
        ExpressionKind::Object(_) | ExpressionKind::List(_) | ExpressionKind::Function(_) => {
            Some(Label::Set)
        }
        _ => {
            let constant = value.constant();
            let is_set = constant.boolean().or(constant.text().map(|text| !text.is_empty()))?;
            Some(if is_set { Label::Set } else { Label::Null })
        }
    }
}

/// Does a function put anything else in the place of a parameter, or into it: `options = { ...defaults, ...options }`?
fn is_filled_in(function: Body<'_>, parameter: &Text) -> bool {
    let facts = function.project.facts(function.at.file);
    function.statements().iter().any(|&id| {
        let StatementKind::Bind { target, .. } = &facts[id].kind else { return false };
        match target {
            Pattern::Place(place) => match &facts[*place].kind {
                ExpressionKind::Member { object, .. } => {
                    matches!(&facts[*object].kind, ExpressionKind::Name(name) if name == parameter)
                }
                _ => false,
            },
            _ => target.as_name() == Some(parameter),
        }
    })
}

/// What a function reads of an object: `optional` of `options.optional`.
fn members_read(function: Body<'_>, object: &str) -> BTreeSet<Text> {
    let facts = function.project.facts(function.at.file);
    let span = function.function().span;
    let members = facts.expressions().filter(|(_, one)| span.contains(one.span));
    let names = members.filter_map(|(_, one)| match &one.kind {
        ExpressionKind::Member { object: of, name } => {
            let is_meant = matches!(&facts[*of].kind, ExpressionKind::Name(of) if of == object);
            is_meant.then(|| name.clone())
        }
        _ => None,
    });
    names.collect()
}

/// What each parameter of a maker is given by a call.
fn given_to(maker: Body<'_>, call: Call<'_>) -> Vec<GivenTo> {
    let values: Vec<_> = call.positional().map(|value| value.at).collect();
    let parameters = &maker.function().parameters;
    let receivers = parameters.len() - maker.function().plain_parameters().count();
    let all = parameters.iter().enumerate().skip(receivers).filter_map(|(number, parameter)| {
        let position = number - receivers;
        let is_rest = parameter.kind == ParameterKind::Rest;
        let last = if is_rest { values.len() } else { position + 1 };
        let values = values.get(position..last)?.to_vec();
        Some(GivenTo { maker: maker.at, parameter: number, values, is_rest })
    });
    all.collect()
}

/// The constructor that a call runs.
fn constructed(call: Call<'_>) -> Option<(Call<'_>, Body<'_>)> {
    let Definition::Class(class) = call.target() else { return None };
    let mut methods = call.project.class(*class).methods();
    Some((call, methods.find(|method| method.function().name == "__init__")?))
}

/// The fields of `self` that are set to a parameter.
fn kept_in(constructor: Body<'_>, parameter: &Text) -> Vec<Text> {
    let facts = constructor.project.facts(constructor.at.file);
    let kept = constructor.statements().iter().filter_map(|&id| {
        let StatementKind::Bind { target: Pattern::Place(place), value: Some(value), .. } =
            &facts[id].kind
        else {
            return None;
        };
        let ExpressionKind::Member { object, name } = &facts[*place].kind else { return None };
        let is = |id: ExpressionId, wanted: &str| matches!(&facts[id].kind, ExpressionKind::Name(name) if name == wanted);
        (is(*object, "self") && is(*value, parameter)).then(|| Text::from(format!("self.{name}")))
    });
    kept.collect()
}

/// The call that wraps a guard around something: `signedInBut(handler, "/prices")` of `signedInBut`.
fn wrapping(guard: Value<'_>) -> Option<Call<'_>> {
    let parent = guard.project.unit(guard.at.file).index.expression(guard.at.id).parent?;
    let call = guard.sibling(parent).as_call()?;
    (call.callee_value().at == guard.at).then_some(call)
}

/// The call that made a value, also through a name.
fn written(value: Value<'_>) -> Option<Call<'_>> {
    value.as_call().or_else(|| value.project.value(value.project.bound(value.at)?).as_call())
}

/// `config.Skipper = isPublic`, after `config := Config{}`.
fn assigned<'p>(variable: Value<'p>, field: &str) -> Option<Value<'p>> {
    let ExpressionKind::Name(name) = variable.kind() else { return None };
    assigned_to(name, field, variable.function())
}

fn assigned_to<'p>(variable: &str, field: &str, inside: Body<'p>) -> Option<Value<'p>> {
    let facts = inside.project.facts(inside.at.file);
    inside.statements().iter().find_map(|&statement| {
        let StatementKind::Bind { target: Pattern::Place(place), value: Some(value), .. } =
            &facts[statement].kind
        else {
            return None;
        };
        let ExpressionKind::Member { object, name } = &facts[*place].kind else { return None };
        let is_meant = name == field
            && matches!(&facts[*object].kind, ExpressionKind::Name(name) if name == variable);
        is_meant.then(|| inside.project.value(In { file: inside.at.file, id: *value }))
    })
}
