//! What a guard was made with: the switches and functions that its maker was given.

use super::path::Label;
use crate::{
    facts::{ClassKind, ExpressionKind, Pattern, StatementKind, Text},
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
}

impl Made {
    /// What a guard was made with: `requireUser(true)`, `withConfig(Config{Skipper: isPublic})`.
    pub(super) fn of(guard: Value<'_>) -> Self {
        let mut next = written(guard);
        let mut made = Self::default();
        for _ in 0..MAKERS_MAX {
            let Some((call, maker)) = next.and_then(|call| Some((call, call.callee()?))) else {
                break;
            };
            made = Self::default();
            let given = maker.function().plain_parameters().zip(call.positional());
            for (name, value) in given.filter_map(|(one, value)| Some((one.name()?, value))) {
                made.add(name, value, maker);
            }
            // `return withConfig(config)`: what that one makes is the guard.
            next = maker.returned().last().and_then(written);
        }
        made
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
