//! What a guard was made with: the switches and functions that its maker was given.

use super::{path::Label, request::GivenTo};
use crate::{
    facts::{ClassKind, ExpressionId, ExpressionKind, ParameterKind, Pattern, StatementKind, Text},
    project::{Body, Call, Definition, FunctionRef, In, Value},
};

/// How many makers hand each other on what they make.
const MAKERS_MAX: usize = 4;

/// What is known of the parameters of a guard's maker, as they are written in it: `required`, `config.Skipper`.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) switches: Vec<(Text, Label)>,
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

    /// Was the guard told to let strangers pass: `requireUser(false)`?
    pub(super) fn is_switched_off(&self) -> bool {
        let is_off = |(name, label): &(Text, Label)| *label == Label::Null && !name.contains('.');
        self.switches.iter().any(is_off)
    }
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
