//! What a test tells about the values that it looks at, where it came out one way.

use super::{
    declared_types,
    held::Held,
    hosts::{has_whole_host, is_domain_end, is_host_name},
    kills::Kills,
    predicate::Consent,
    run::{Run, join_into},
    trace::{Constant, Mark},
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, vocabulary::Meaning},
    project::{Call, In, Value},
};

impl Run<'_> {
    /// Takes for granted that `test` came out as `truth`.
    pub(super) fn refine(&mut self, test: ExpressionId, truth: bool) {
        if !self.spend() {
            return;
        }
        self.depth += 1;
        let facts = self.facts();
        match &facts[test].kind {
            ExpressionKind::Operation { operator, operands } => {
                self.refine_operation(*operator, operands, truth);
            }
            ExpressionKind::Call { .. } => self.refine_call(test, truth),
            // `if parsed.netloc: return`: what has no host stays on this site.
            ExpressionKind::Member { name, .. } if !truth && is_host_name(name) => {
                self.check_host(test);
            }
            ExpressionKind::Await(inner) | ExpressionKind::Propagate(inner) => {
                self.refine(*inner, truth);
            }
            _ => {}
        }
        self.depth -= 1;
    }

    fn refine_operation(&mut self, operator: Operator, operands: &[ExpressionId], truth: bool) {
        if let [first, second] = operands {
            self.refine_order(operator, *first, *second, truth);
        }
        match (operator, operands) {
            (Operator::Not, [inner]) => self.refine(*inner, !truth),
            (Operator::And, operands) if truth => {
                operands.iter().for_each(|&operand| self.refine(operand, true));
            }
            (Operator::Or, operands) if !truth => {
                operands.iter().for_each(|&operand| self.refine(operand, false));
            }
            (Operator::And | Operator::Or, operands) => {
                // One of them decided: what all of them would tell holds.
                let before = self.environment.clone();
                let mut ends = None;
                for &operand in operands {
                    self.environment.clone_from(&before);
                    self.refine(operand, truth);
                    join_into(&mut ends, std::mem::take(&mut self.environment));
                }
                self.environment = ends.unwrap_or(before);
            }
            (Operator::Equal, [first, second]) => self.refine_equal(*first, *second, truth),
            (Operator::NotEqual, [first, second]) => self.refine_equal(*first, *second, !truth),
            (Operator::In, [element, container]) if truth => self.among(*element, *container),
            (Operator::NotIn, [element, container]) if !truth => self.among(*element, *container),
            (Operator::In, [element, container]) => self.lacks(*element, *container),
            (Operator::NotIn, [element, container]) => {
                self.lacks(*element, *container);
            }
            (Operator::InstanceOf, [value, class]) if truth => self.is_of_type(*value, *class),
            // `list.indexOf(x) >= 0`, `< 0`
            (Operator::GreaterOrEqual, [first, _]) if truth => self.found_at(*first),
            (Operator::Less, [first, _]) if !truth => self.found_at(*first),
            (Operator::Greater, [first, _]) if truth => self.found_at(*first),
            _ => {}
        }
    }

    /// `limit > 100` came out false: it is at most that.
    fn refine_order(
        &mut self,
        operator: Operator,
        first: ExpressionId,
        second: ExpressionId,
        truth: bool,
    ) {
        let is_less = matches!(operator, Operator::Less | Operator::LessOrEqual);
        let is_greater = matches!(operator, Operator::Greater | Operator::GreaterOrEqual);
        let (value, bound) = match (is_less, is_greater) {
            (true, _) if truth => (first, second),
            (true, _) => (second, first),
            (_, true) if truth => (second, first),
            (_, true) => (first, second),
            _ => return,
        };
        let bound = self.evaluate(bound);
        // Nothing is too few.
        let is_lower = matches!(bound.constant, Some(Constant::Integer(..=1)));
        if !is_lower && !bound.all_traces().iter().any(is_from_outside) {
            self.kill(value, Kills::CAPPED);
        }
    }

    fn found_at(&mut self, first: ExpressionId) {
        let at = In { file: self.file, id: first };
        let Some(call) = self.project.call(at) else { return };
        if let (true, Some(receiver), Some(argument)) =
            (call.name() == "indexOf", call.receiver(), call.argument(0))
        {
            self.among(argument.at.id, receiver.at.id);
        }
    }

    fn refine_equal(&mut self, first: ExpressionId, second: ExpressionId, equal: bool) {
        for (value, literal) in [(first, second), (second, first)] {
            let facts = self.facts();
            let known = match &facts[literal].kind {
                ExpressionKind::Operation { operator: Operator::Negate, .. } => {
                    // `indexOf(x) !== -1`
                    if !equal {
                        self.found_at(value);
                    }
                    continue;
                }
                _ => self.evaluate(literal).constant,
            };
            let Some(known) = known else {
                if equal {
                    self.same_origin(value, literal);
                }
                continue;
            };
            if let ExpressionKind::Operation { operator: Operator::TypeOf, operands } =
                &facts[value].kind
            {
                if let (true, [operand], Constant::Text(kind)) =
                    (equal, operands.as_slice(), &known)
                {
                    match kind.as_str() {
                        "string" => self.kill(*operand, Kills::TEXT),
                        "number" | "boolean" | "bigint" => self.kill(*operand, Kills::COERCED),
                        _ => {}
                    }
                }
                continue;
            }
            if let ExpressionKind::Call { .. } = facts[value].kind {
                if matches!(known, Constant::Bool(_)) {
                    let Constant::Bool(expected) = known else { continue };
                    self.refine(value, expected == equal);
                }
                continue;
            }
            if equal && known == Constant::Null {
                self.refine_error(value);
            } else if equal {
                self.kill(value, Kills::ALLOWED);
                self.check_host(value);
                if matches!(facts[value].kind, ExpressionKind::Name(_)) {
                    self.update(value, &mut |held| *held = Held::constant(known.clone()));
                }
            }
        }
    }

    /// `new URL(next, base).origin === base.origin`.
    fn same_origin(&mut self, value: ExpressionId, other: ExpressionId) {
        let other = self.evaluate(other);
        let is_own = !other.all_traces().iter().any(is_from_outside);
        if is_own {
            self.check_host(value);
        }
    }

    /// A test of the host of `url.host` says that the URL is one of those expected.
    pub(super) fn check_host(&mut self, value: ExpressionId) {
        let facts = self.facts();
        let (object, name) = match &facts[value].kind {
            ExpressionKind::Member { object, name } => (*object, name.as_str()),
            ExpressionKind::Call { callee, .. } => match &facts[*callee].kind {
                ExpressionKind::Member { object, name } => (*object, name.as_str()),
                _ => return,
            },
            ExpressionKind::Name(_) => {
                // `host = url.hostname` before.
                let held = self.evaluate(value);
                let is_host = held.all_traces().iter().any(
                    |trace| matches!(&trace.mark, Mark::Source(_, _, name) if is_host_name(name)),
                );
                if is_host {
                    self.kill_marks_of_origin(&held, Kills::URL);
                }
                return;
            }
            _ => return,
        };
        if is_host_name(name) {
            self.kill(object, Kills::URL);
            let held = self.evaluate(object);
            self.kill_marks(&held, Kills::URL);
        }
    }

    /// A host was taken from a URL in a way that is not seen any more: all URLs of that request.
    fn kill_marks_of_origin(&mut self, held: &Held, kills: Kills) {
        let steps: Vec<_> = held
            .all_traces()
            .iter()
            .filter_map(|trace| first_location(trace.steps.as_ref()))
            .collect();
        for value in self.environment.values_mut() {
            *value = value.map_traces(&|trace| {
                let same = first_location(trace.steps.as_ref())
                    .is_some_and(|location| steps.contains(&location));
                let kills = if same { trace.kills | kills } else { trace.kills };
                super::trace::Trace { kills, ..trace.clone() }
            });
        }
    }

    fn is_of_type(&mut self, value: ExpressionId, class: ExpressionId) {
        let facts = self.facts();
        if declared_types::is_harmless_type(facts, &facts[class].kind) {
            self.kill(value, Kills::COERCED);
        } else if matches!(facts.last_segment(class), Some("str" | "String")) {
            self.kill(value, Kills::TEXT);
        }
    }

    /// The element is one of a closed list.
    fn among(&mut self, element: ExpressionId, container: ExpressionId) {
        let container = self.evaluate(container);
        let is_closed = !container.all_traces().iter().any(is_from_outside);
        if is_closed && !container.is_text {
            self.allow(element);
        }
    }

    /// `'..' in name` came out false.
    fn lacks(&mut self, element: ExpressionId, container: ExpressionId) {
        let element = self.evaluate(element);
        if let Some(Constant::Text(text)) = &element.constant {
            match text.as_str() {
                ".." | "../" => self.kill(container, Kills::NO_PARENT),
                "/" => self.kill(container, Kills::PATH | Kills::NO_PARENT),
                "\n" | "\r" => self.kill(container, Kills::LINE),
                "'" => self.kill(container, Kills::QUOTE),
                _ => {}
            }
        }
    }

    /// The value that `expression` names is one of a closed list.
    pub(super) fn allow(&mut self, expression: ExpressionId) {
        self.kill(expression, Kills::ALLOWED | Kills::CAPPED);
        self.check_host(expression);
    }

    /// The value in this place, and in all places that hold the same, was treated.
    pub(super) fn kill(&mut self, expression: ExpressionId, kills: Kills) {
        let facts = self.facts();
        let target = match &facts[expression].kind {
            ExpressionKind::Call { callee, .. } => match &facts[*callee].kind {
                // `x.toLowerCase()`, `x.trim()`
                ExpressionKind::Member { object, .. } => *object,
                _ => match self.project.call(In { file: self.file, id: expression }) {
                    Some(call) => match call.argument(0) {
                        Some(argument) => argument.at.id,
                        None => return,
                    },
                    None => return,
                },
            },
            ExpressionKind::Cast { value, .. } => *value,
            _ => expression,
        };
        if !self.is_bound(target) {
            return;
        }
        let held = self.evaluate(target);
        if matches!(
            facts[target].kind,
            ExpressionKind::Name(_) | ExpressionKind::Member { .. } | ExpressionKind::Index { .. }
        ) {
            self.update(target, &mut |held| *held = held.killed(kills));
        }
        self.kill_marks(&held, kills);
    }

    fn kill_marks(&mut self, held: &Held, kills: Kills) {
        let marks: Vec<Mark> = held
            .all_traces()
            .into_iter()
            .map(|trace| trace.mark)
            .filter(|mark| matches!(mark, Mark::Source(..) | Mark::Parameter(..)))
            .collect();
        if marks.is_empty() {
            return;
        }
        for value in self.environment.values_mut() {
            if !value.all_traces().iter().any(|trace| marks.contains(&trace.mark)) {
                continue;
            }
            *value = value.map_traces(&|trace| {
                let same = marks.contains(&trace.mark);
                let kills = if same { trace.kills | kills } else { trace.kills };
                super::trace::Trace { kills, ..trace.clone() }
            });
        }
    }

    fn refine_call(&mut self, test: ExpressionId, truth: bool) {
        let at = In { file: self.file, id: test };
        let Some(call) = self.project.call(at) else { return };
        let (receiver, argument) = (call.receiver(), call.argument(0));
        let asks = call.name().starts_with("is") || call.name().starts_with("url_has");
        if truth
            && asks
            && call.means(Meaning::CheckUrl)
            && let Some(argument) = argument
        {
            self.kill(argument.at.id, Kills::URL | Kills::ROOTED | Kills::ONE_SLASH);
        }
        match (call.name(), receiver, argument) {
            (
                "includes" | "has" | "contains" | "include" | "Contains" | "containsKey"
                | "indexOf",
                Some(receiver),
                Some(argument),
            ) => {
                // `slices.Contains(list, x)`
                let second = call.argument(1);
                let (list, element) = match second {
                    Some(second) if call.path().starts_with("slices") => (argument, second),
                    _ => (receiver, argument),
                };
                if truth {
                    self.among(element.at.id, list.at.id);
                } else {
                    self.lacks(element.at.id, list.at.id);
                }
            }
            (
                "test" | "fullmatch" | "match" | "matches" | "MatchString" | "is_match",
                _,
                Some(argument),
            ) if truth => {
                self.refine_pattern(call, argument);
            }
            (
                "startsWith" | "startswith" | "starts_with" | "HasPrefix" | "is_relative_to",
                Some(receiver),
                Some(argument),
            ) => {
                let (value, start) = match call.argument(1) {
                    Some(second) if call.name() == "HasPrefix" => (argument, second),
                    _ => (receiver, argument),
                };
                self.refine_start(value, start, truth, call.name() == "is_relative_to");
            }
            (
                "endsWith" | "endswith" | "ends_with" | "HasSuffix",
                Some(receiver),
                Some(argument),
            ) if truth => {
                let (value, end) = match call.argument(1) {
                    Some(second) if call.name() == "HasSuffix" => (argument, second),
                    _ => (receiver, argument),
                };
                if end.constant().text().is_some_and(is_domain_end) {
                    self.kill(value.at.id, Kills::URL);
                    self.check_host(value.at.id);
                }
            }
            (
                "isdigit" | "isnumeric" | "isdecimal" | "isalnum" | "isalpha" | "isidentifier"
                | "is_alphanumeric",
                Some(receiver),
                _,
            ) if truth => {
                self.kill(receiver.at.id, Kills::ALLOWED);
            }
            (
                "isInteger" | "isSafeInteger" | "isFinite" | "isUUID" | "isUuid" | "is_integer"
                | "isNumeric" | "isAlphanumeric" | "isMongoId",
                _,
                Some(argument),
            ) if truth => {
                self.kill(argument.at.id, Kills::COERCED);
            }
            ("isNaN", _, Some(argument)) if !truth => self.kill(argument.at.id, Kills::COERCED),
            ("isAbsolute" | "isabs" | "IsAbs" | "is_absolute", _, _) => {}
            ("IsLocal", _, Some(argument)) if truth => self.kill(argument.at.id, Kills::PATH),
            ("isinstance", _, Some(argument)) if truth => {
                if let Some(class) = call.argument(1) {
                    self.is_of_type(argument.at.id, class.at.id);
                }
            }
            ("equals" | "equalsIgnoreCase", Some(receiver), Some(argument)) => {
                self.refine_equal(receiver.at.id, argument.at.id, truth);
            }
            ("compare_digest" | "timingSafeEqual", _, _) if truth => self.signed(call),
            _ => {
                if truth
                    && (call.means(Meaning::VerifySignature)
                        || call.means(Meaning::ConstantTimeCompare))
                {
                    self.signed(call);
                }
                if truth {
                    self.refine_own(call, Consent::Yes);
                }
            }
        }
    }

    /// A signature over these values was found right.
    fn signed(&mut self, call: Call<'_>) {
        for argument in call.positional() {
            for part in argument.descendants() {
                if matches!(part.kind(), ExpressionKind::Name(_)) && self.is_bound(part.at.id) {
                    self.kill(part.at.id, Kills::SIGNED);
                }
            }
        }
    }

    /// What is known where a call came back that raises unless something holds: `path.relative_to(folder)`.
    pub(super) fn went_on(&mut self, value: ExpressionId) {
        let Some(call) = self.project.call(In { file: self.file, id: value }) else {
            return;
        };
        if let ("relative_to", Some(path), Some(folder)) =
            (call.name(), call.receiver(), call.argument(0))
        {
            self.refine_start(path, folder, true, false);
        }
    }

    fn refine_start(&mut self, value: Value<'_>, start: Value<'_>, truth: bool, is_path: bool) {
        let start_held = self.evaluate(start.at.id);
        let text = start_held.start();
        match text.as_deref() {
            Some("//") if !truth => {
                self.kill(value.at.id, Kills::ONE_SLASH);
                return;
            }
            Some("/") if truth => {
                self.kill(value.at.id, Kills::ROOTED);
                return;
            }
            // A whole host, up to its end.
            Some(text) if truth && has_whole_host(text) => self.kill(value.at.id, Kills::URL),
            _ => {}
        }
        let is_own = !start_held.all_traces().iter().any(is_from_outside);
        if truth && is_own {
            let held = self.evaluate(value.at.id);
            let is_canonical =
                held.all_traces().iter().all(|trace| trace.kills.any(Kills::CANONICAL));
            if is_canonical || is_path {
                self.kill(value.at.id, Kills::PATH);
            }
        }
    }
}

/// Is any part of it chosen by whoever sends a request?
pub(super) fn is_chosen_outside(held: &Held) -> bool {
    held.all_traces()
        .iter()
        .any(|trace| is_from_outside(trace) || matches!(trace.mark, Mark::Parameter(..)))
}

fn is_from_outside(trace: &super::trace::Trace) -> bool {
    matches!(
        trace.mark,
        Mark::Source(super::trace::Origin::Request | super::trace::Origin::ModelOutput, _, _)
            | Mark::Request(_)
    )
}

fn first_location(
    steps: Option<&std::sync::Arc<super::trace::StepNode>>,
) -> Option<crate::project::Location> {
    let mut node = steps?;
    while let Some(before) = &node.before {
        node = before;
    }
    Some(node.location)
}
