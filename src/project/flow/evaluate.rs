//! What an expression yields.

use std::collections::BTreeMap;

use super::{
    constants, declared_types,
    held::Held,
    kills::Kills,
    run::Run,
    sources,
    texts::joined_text,
    trace::{Constant, Mark, Note, Origin, add_traces},
};
use crate::{
    facts::{
        Entry, EntryKey, ExpressionId, ExpressionKind, Language, Operator, Text,
        vocabulary::Meaning,
    },
    project::{Definition, ExpressionRef, In, index::enclosing_class},
};

/// Constants of other places are read this deep.
const LITERAL_DEPTH_MAX: u32 = 4;

impl Run<'_> {
    /// What `expression` yields here; names that it assigns change.
    pub(super) fn evaluate(&mut self, expression: ExpressionId) -> Held {
        if !self.spend() {
            return Held::unknown(self.location(expression));
        }
        self.depth += 1;
        let held = self.expression(expression);
        self.depth -= 1;
        held
    }

    fn expression(&mut self, id: ExpressionId) -> Held {
        let facts = self.facts();
        let location = self.location(id);
        match &facts[id].kind {
            ExpressionKind::Text(text) => Held::constant(Constant::Text(text.clone())),
            ExpressionKind::Number(number) => match constants::number(number) {
                Some(number) => Held::constant(Constant::Integer(number)),
                None => Held::clean(),
            },
            ExpressionKind::Bool(value) => Held::constant(Constant::Bool(*value)),
            ExpressionKind::Null => Held::constant(Constant::Null),
            ExpressionKind::Regex(_) => Held::clean(),
            ExpressionKind::Name(name) => self.name(id, name),
            ExpressionKind::Member { object, name } => self.member(id, *object, name),
            ExpressionKind::Index { object, index } => self.index(id, *object, *index),
            ExpressionKind::Call { .. } => self.call(id),
            ExpressionKind::Concat(parts) => self.concat(id, parts),
            ExpressionKind::Operation { operator, operands } => {
                self.operation(id, *operator, operands)
            }
            ExpressionKind::Await(inner)
            | ExpressionKind::Propagate(inner)
            | ExpressionKind::Spread(inner) => self.evaluate(*inner),
            ExpressionKind::Cast { value, to } => {
                let held = self.evaluate(*value);
                let is_real = !self.language().is_script();
                if is_real && declared_types::is_harmless_type(facts, &facts[*to].kind) {
                    held.killed(Kills::COERCED)
                } else {
                    held
                }
            }
            ExpressionKind::Conditional { test, then, otherwise } => {
                self.either(*test, *then, *otherwise)
            }
            ExpressionKind::Object(entries) => self.object(entries),
            ExpressionKind::List(items) => self.list(items),
            ExpressionKind::Function(function) => {
                self.postpone(*function);
                Held::clean()
            }
            ExpressionKind::Class(class) => {
                for &method in &facts[*class].methods {
                    self.postpone(method);
                }
                Held::clean()
            }
            ExpressionKind::Assign { target, operator, value } => {
                let held = match operator {
                    None => self.evaluate(*value),
                    Some(operator) => {
                        let operands = [*target, *value];
                        self.operation(id, *operator, &operands)
                    }
                };
                let name = facts.last_segment(*target).unwrap_or_default();
                let held = held.stepped(location, &Note::Bound(Text::from(name)));
                self.assign(*target, &held);
                held
            }
            ExpressionKind::Element { attributes, children, .. } => {
                let runs_scripts = !self.is_sandboxed(attributes);
                for attribute in attributes {
                    self.attribute(attribute, runs_scripts);
                }
                for &child in children {
                    self.evaluate(child);
                }
                Held::clean()
            }
            ExpressionKind::Yield(value) => {
                if let Some(value) = value {
                    self.evaluate(*value);
                }
                Held::unknown(location)
            }
            ExpressionKind::Branches(statement) => self.branches(*statement),
            ExpressionKind::Comprehension { element, target, source, conditions } => {
                let source_held = self.evaluate(*source);
                let item = source_held.item(None);
                self.bind(target, &item, location, true);
                for &condition in conditions {
                    self.evaluate(condition);
                    self.refine(condition, true);
                }
                self.evaluate(*element).derived()
            }
            ExpressionKind::Other(children) => {
                let mut all = Held::clean();
                for &child in children {
                    let held = self.evaluate(child);
                    add_traces(&mut all.traces, &held.all_traces());
                }
                all
            }
        }
    }

    fn name(&mut self, id: ExpressionId, name: &str) -> Held {
        if let Some(held) = self.environment.get(name) {
            return held.clone();
        }
        if self.language() == Language::Java
            && let Some(held) = self.own_field(id, name)
        {
            return held;
        }
        self.resolved(id)
    }

    /// A field of the class that is named without its receiver.
    fn own_field(&self, id: ExpressionId, name: &str) -> Option<Held> {
        let facts = self.facts();
        let (class, _) = enclosing_class(facts, self.function)?;
        let field = facts[class].fields.iter().find(|field| field.name == name)?;
        if field.is_static {
            return None;
        }
        let receiver = self.environment.get("this")?;
        Some(receiver.field(name, self.location(id)))
    }

    /// What a name or path stands for that is not bound in this function.
    pub(super) fn resolved(&mut self, id: ExpressionId) -> Held {
        let at = In { file: self.file, id };
        let location = self.location(id);
        match self.project.resolve(at) {
            Definition::Value(value) => self.literal(value, 0),
            Definition::External(path) if self.language().is_template() => {
                self.of_template(&path, location)
            }
            // What a component's template names and its script does not declare is a property.
            Definition::External(path)
                if self.language() == Language::Vue
                    && path.starts_with(char::is_lowercase)
                    && !path.contains('.') =>
            {
                Held::unknown(location)
            }
            Definition::External(path) => self.external(&path, id),
            Definition::Parameter(..) | Definition::Unknown => Held::unknown(location),
            _ => Held::clean(),
        }
    }

    fn external(&self, path: &str, id: ExpressionId) -> Held {
        let location = self.location(id);
        let mut held = Held::clean();
        for (_, row) in self.project.vocabulary().rows_of(path) {
            for meaning in &row.means {
                held = match meaning {
                    Meaning::RequestObject => Held::of(Mark::Request(location)),
                    Meaning::RequestData => Held::source(Origin::Request, location),
                    Meaning::ReadEnvironment => Held::source(Origin::Environment, location),
                    _ => continue,
                };
                return held;
            }
        }
        if path.starts_with('?') {
            held = Held::unknown(location);
        }
        held
    }

    /// A literal that stands elsewhere.
    fn literal(&self, at: ExpressionRef, depth: u32) -> Held {
        let facts = self.project.facts(at.file);
        let location = crate::project::Location { file: at.file, span: facts[at.id].span };
        if depth > LITERAL_DEPTH_MAX {
            return Held::unknown(location);
        }
        let inner = |id| self.literal(In { file: at.file, id }, depth + 1);
        match &facts[at.id].kind {
            ExpressionKind::Text(text) => Held::constant(Constant::Text(text.clone())),
            ExpressionKind::Number(number) => match constants::number(number) {
                Some(number) => Held::constant(Constant::Integer(number)),
                None => Held::clean(),
            },
            ExpressionKind::Bool(value) => Held::constant(Constant::Bool(*value)),
            ExpressionKind::Null => Held::constant(Constant::Null),
            ExpressionKind::Concat(parts) => {
                let parts: Vec<Held> = parts.iter().map(|&part| inner(part)).collect();
                joined_text(&parts)
            }
            ExpressionKind::Object(entries) => {
                let mut object = BTreeMap::new();
                for entry in entries {
                    let held = inner(entry.value);
                    match &entry.key {
                        EntryKey::Name(name) => {
                            object.insert(name.clone(), held);
                        }
                        _ => return Held::clean(),
                    }
                }
                Held::fields(object)
            }
            ExpressionKind::Name(_) | ExpressionKind::Member { .. } => {
                match self.project.resolve(at) {
                    Definition::Value(value) if value != at => self.literal(value, depth + 1),
                    _ => Held::clean(),
                }
            }
            // Made when the module is loaded: not by a request.
            _ => Held::clean(),
        }
    }

    /// Does the chain start at a name that this function binds?
    pub(super) fn is_bound(&self, id: ExpressionId) -> bool {
        let facts = self.facts();
        let mut next = id;
        for _ in 0..64 {
            match &facts[next].kind {
                ExpressionKind::Name(name) => {
                    return self.environment.contains_key(name) || name == "this" || name == "self";
                }
                ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                    next = *object;
                }
                _ => return true,
            }
        }
        true
    }

    fn member(&mut self, id: ExpressionId, object: ExpressionId, name: &str) -> Held {
        let location = self.location(id);
        // A library's class may hand the request to what extends it: Tornado's `self.request`.
        let is_own =
            matches!(&self.facts()[object].kind, ExpressionKind::Name(name) if name == "self");
        if is_own || !self.is_bound(id) {
            let at = In { file: self.file, id };
            if let Definition::External(path) = self.project.resolve(at) {
                let held = self.external(&path, id);
                if !held.traces.is_empty() && !path.starts_with('?') {
                    return held;
                }
            }
        }
        let held = self.evaluate(object);
        if name == "path" && held.traces.iter().any(|trace| matches!(trace.mark, Mark::Request(_)))
        {
            let body = self.project.body(In { file: self.file, id: self.function });
            if sources::has_fixed_path(body, body.function()) {
                return Held::clean();
            }
        }
        if matches!(name, "length" | "size" | "byteLength" | "Length") {
            let known = match (&held.constant, held.parts.as_deref()) {
                (Some(Constant::Text(text)), _) => constants::method(text, "length", &[]),
                _ => None,
            };
            return known.map_or_else(Held::clean, Held::constant);
        }
        let held = held.field(name, location);
        let is_number =
            || self.summaries.number_fields.contains(name) || self.is_number(object, name);
        if declared_types::checks_types(self.language()) && is_number() {
            return held.killed(Kills::COERCED);
        }
        // The last part of a path, without its ending or that alone.
        let is_last = matches!(name, "stem" | "suffix") || name == "name" && self.is_path(object);
        if is_last {
            return held.killed(Kills::PATH | Kills::NO_PARENT);
        }
        held
    }

    /// Is this a path of `pathlib`?
    fn is_path(&self, object: ExpressionId) -> bool {
        let path = self.project.value(In { file: self.file, id: object }).path();
        path.starts_with("pathlib.")
    }

    /// Is the field of this name a number, a date or the like in the type of the object?
    fn is_number(&self, object: ExpressionId, name: &str) -> bool {
        let Definition::Instance(class) = self.project.resolve(In { file: self.file, id: object })
        else {
            return false;
        };
        let class = self.project.type_of(class);
        let facts = self.project.facts(class.file);
        let field = facts[class.id].fields.iter().find(|field| field.name == name);
        field.and_then(|field| field.annotation).is_some_and(|annotation| {
            declared_types::is_harmless_type(facts, &facts[annotation].kind)
        })
    }

    fn index(&mut self, id: ExpressionId, object: ExpressionId, index: ExpressionId) -> Held {
        let location = self.location(id);
        let held = self.evaluate(object);
        let key = self.evaluate(index);
        match (&key.constant, &held.constant) {
            (Some(Constant::Integer(number)), Some(Constant::Text(text))) => {
                let character = usize::try_from(*number)
                    .ok()
                    .and_then(|number| constants::one_character(text, number));
                character.map_or_else(Held::clean, Held::constant)
            }
            (Some(Constant::Text(name)), _) => held.field(name, location),
            (Some(Constant::Integer(number)), _) => held.item(usize::try_from(*number).ok()),
            _ => held.derived(),
        }
    }

    fn concat(&mut self, id: ExpressionId, parts: &[ExpressionId]) -> Held {
        let held: Vec<Held> = parts.iter().map(|&part| self.evaluate(part)).collect();
        joined_text(&held).stepped(self.location(id), &Note::Built)
    }

    fn operation(
        &mut self,
        id: ExpressionId,
        operator: Operator,
        operands: &[ExpressionId],
    ) -> Held {
        match operator {
            Operator::And | Operator::Or | Operator::Default => {
                return self.logical(operator, operands);
            }
            _ => {}
        }
        let held: Vec<Held> = operands.iter().map(|&operand| self.evaluate(operand)).collect();
        let known: Option<Vec<&Constant>> =
            held.iter().map(|operand| operand.constant.as_ref()).collect();
        if let Some(result) = known.and_then(|known| constants::operate(operator, &known)) {
            return Held::constant(result);
        }
        match operator {
            Operator::Add => {
                if held.iter().any(|operand| operand.is_text) {
                    return joined_text(&held).stepped(self.location(id), &Note::Built);
                }
                // What follows something that no request chose cannot choose the host.
                let keeps_host = held.first().is_some_and(|first| {
                    first.constant.is_none() && !super::refine::is_chosen_outside(first)
                });
                let mut sum = Held::clean();
                for (number, operand) in held.iter().enumerate() {
                    if number > 0 && keeps_host {
                        sum.absorb(&operand.killed(Kills::URL));
                    } else {
                        sum.absorb(operand);
                    }
                }
                sum
            }
            // `folder / name` is a path, `text % values` a text.
            Operator::Divide | Operator::Remainder | Operator::Reference | Operator::Range => {
                let mut all = Held::clean();
                held.iter().for_each(|operand| all.absorb(operand));
                if operator == Operator::Reference
                    && let [only] = held.as_slice()
                {
                    return only.clone();
                }
                all
            }
            _ => Held::clean(),
        }
    }

    fn logical(&mut self, operator: Operator, operands: &[ExpressionId]) -> Held {
        let before = self.environment.clone();
        let mut result: Option<Held> = None;
        for (number, &operand) in operands.iter().enumerate() {
            let held = self.evaluate(operand);
            let is_last = number + 1 == operands.len();
            let decided = held.constant.as_ref().map(|constant| match operator {
                Operator::And => !constant.is_truthy(),
                Operator::Or => constant.is_truthy(),
                _ => *constant != Constant::Null,
            });
            // The left side of `&&` is the result only where it is falsy: no data.
            let counts = is_last || operator != Operator::And;
            if decided == Some(true) || (decided.is_none() && counts) || is_last {
                match &mut result {
                    Some(result) => result.join(&held),
                    None => result = Some(held),
                }
            }
            if decided == Some(true) {
                break;
            }
            if !is_last && operator != Operator::Default {
                self.refine(operand, operator == Operator::And);
            }
        }
        self.keep_written(before);
        result.unwrap_or_default()
    }

    fn either(&mut self, test: ExpressionId, then: ExpressionId, otherwise: ExpressionId) -> Held {
        let tested = self.evaluate(test);
        match tested.constant.as_ref().map(Constant::is_truthy) {
            Some(true) => return self.evaluate(then),
            Some(false) => return self.evaluate(otherwise),
            None => {}
        }
        let before = self.environment.clone();
        self.refine(test, true);
        let mut result = self.evaluate(then);
        self.environment.clone_from(&before);
        self.refine(test, false);
        result.join(&self.evaluate(otherwise));
        self.environment = before;
        result
    }

    /// What a test told of names ends with the expression that it stood in.
    fn keep_written(&mut self, before: super::run::Environment) {
        self.environment = before;
    }

    fn object(&mut self, entries: &[Entry]) -> Held {
        let mut object = Held::fields(BTreeMap::new());
        for entry in entries {
            let held = self.evaluate(entry.value);
            match &entry.key {
                EntryKey::Name(name) => object.set_field(name, held),
                EntryKey::Computed(key) => {
                    let key = self.evaluate(*key);
                    match key.constant {
                        Some(Constant::Text(name)) => object.set_field(&name, held),
                        _ => object.absorb(&held),
                    }
                }
                EntryKey::Spread => {
                    if let Some(super::held::Parts::Fields(fields)) = held.parts.as_deref() {
                        for (name, held) in fields {
                            object.set_field(name, held.clone());
                        }
                        add_traces(&mut object.traces, &held.traces);
                    } else {
                        object.absorb(&held);
                    }
                }
            }
        }
        object
    }

    fn list(&mut self, items: &[ExpressionId]) -> Held {
        let facts = self.facts();
        let has_spread =
            items.iter().any(|&item| matches!(facts[item].kind, ExpressionKind::Spread(_)));
        let held: Vec<Held> = items.iter().map(|&item| self.evaluate(item)).collect();
        let list = Held::items(held);
        if has_spread { list.derived() } else { list }
    }
}
