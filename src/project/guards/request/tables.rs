//! Tests that look the request up in a list or table: `openMethods[info.FullMethod]`, `_, ok := public[path]`.

use super::{Part, Request};
use crate::{
    facts::{EntryKey, ExpressionKind},
    project::{Body, Call, Declaration, ExpressionRef, FunctionRef, In, Origin, Step, Value},
};

/// What the maker of a guard was given for one of its parameters; several values where that takes the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct GivenTo {
    pub(in super::super) maker: FunctionRef,
    pub(in super::super) parameter: usize,
    pub(in super::super) values: Vec<ExpressionRef>,
    pub(in super::super) is_rest: bool,
}

impl Request {
    /// The texts of a list, or the keys of a table, that is written in the project.
    pub(super) fn texts<'p>(&self, container: Value<'p>) -> Option<Vec<&'p str>> {
        let written = match self.given(container) {
            Some((values, true)) => return values.into_iter().map(Value::text).collect(),
            Some((values, false)) => values.into_iter().next()?,
            None => container,
        };
        if written.path() == "rest_framework.permissions.SAFE_METHODS" {
            return Some(vec!["GET", "HEAD", "OPTIONS"]);
        }
        if let Some(entries) = entries(written) {
            return Some(entries.into_iter().map(|(key, _)| key).collect());
        }
        let items = written.items().or_else(|| {
            let kept = || match written.project.origin(written.at) {
                Origin::Created(made) => written.project.call(made),
                _ => None,
            };
            let made = written.constant().as_call().or_else(kept)?;
            match made.name() {
                // `Set.of("/a", "/b")`, `Arrays.asList(…)`, `[]string{…}`
                _ if made.argument(0)?.text().is_some() => Some(made.positional().collect()),
                // `new Set([…])`
                _ => made.argument(0)?.items(),
            }
        })?;
        items.into_iter().map(Value::text).collect()
    }

    /// What the variable of a loop over a list stands for, one after the other.
    pub(super) fn looped<'p>(&self, name: Value<'p>) -> Option<Vec<&'p str>> {
        let (scope, declaration) = name.project.binding(name.at)?;
        let Declaration::Element { value, steps } = declaration else { return None };
        let list = name.project.value(In { file: scope.file, id: *value });
        matches!(steps.as_slice(), [] | [Step::Item(_)]).then(|| self.texts(list))?
    }

    /// A text or the name of a method, or each that the variable of a loop stands for.
    pub(super) fn spelled<'p>(&self, value: Value<'p>) -> Option<Vec<&'p str>> {
        let value = self.handed(value).unwrap_or(value);
        let text = value.text().or_else(|| method_named(value)).or_else(|| below(value));
        text.map(|text| vec![text]).or_else(|| self.looped(value))
    }

    /// One text or several: `path.startswith(("/a", "/b"))`.
    pub(super) fn prefixes<'p>(&self, value: Value<'p>) -> Option<Vec<&'p str>> {
        self.spelled(value).or_else(|| self.texts(value))
    }

    /// The one value that a parameter of the guard's maker was given.
    pub(in super::super) fn handed<'p>(&self, name: Value<'p>) -> Option<Value<'p>> {
        self.given(name).filter(|(_, is_rest)| !is_rest)?.0.into_iter().next()
    }

    /// What a parameter of the guard's maker was given, and whether it takes the rest.
    fn given<'p>(&self, name: Value<'p>) -> Option<(Vec<Value<'p>>, bool)> {
        let (maker, number) = name.as_parameter()?;
        let given =
            self.given.iter().find(|given| given.maker == maker && given.parameter == number)?;
        let values = given.values.iter().map(|&at| name.project.value(at));
        Some((values.collect(), given.is_rest))
    }

    /// Is the request one of the cases of a `switch` over a part of it?
    pub(in super::super) fn is_case(
        &self,
        subject: Value<'_>,
        cases: &[Value<'_>],
    ) -> Option<bool> {
        let part = self.part(subject)?;
        let spelled: Option<Vec<Vec<&str>>> =
            cases.iter().map(|case| self.spelled(*case)).collect();
        self.is_one(&part, spelled?.into_iter().flatten())
    }

    /// Does a test look at the path, itself or in a function of this project that it calls?
    pub(in super::super) fn is_asked_for_path(&self, test: Value<'_>) -> bool {
        let is_path = |value: Value<'_>| {
            matches!(self.part(value), Some(Part::Path(_) | Part::End(_) | Part::Procedure(_)))
        };
        let inside = |call: Call<'_>| {
            let mut calls = call.callee().into_iter().flat_map(Body::calls_within);
            calls.any(|call| is_path(call.value()) || call.positional().any(is_path))
        };
        let parts = test.descendants();
        parts.into_iter().any(|part| is_path(part) || part.as_call().is_some_and(inside))
    }

    /// What a table holds under a part of the request; `false` for what it does not hold.
    pub(super) fn entry(&self, table: Value<'_>, key: Value<'_>) -> Option<bool> {
        let part = self.part(key)?;
        for (text, value) in entries(self.handed(table).unwrap_or(table))? {
            if self.is_part(&part, text)? {
                return value.boolean();
            }
        }
        Some(false)
    }

    /// For the second of what a look-up in a map of Go yields: does the map hold the request?
    pub(super) fn was_found(&self, name: Value<'_>) -> Option<bool> {
        let (scope, declaration) = name.project.binding(name.at)?;
        let Declaration::Bound { value: Some(id), steps, .. } = declaration else { return None };
        let looked_up = name.project.value(In { file: scope.file, id: *id });
        let ExpressionKind::Index { object, index } = looked_up.kind() else { return None };
        let part = self.part(looked_up.sibling(*index)).filter(|_| *steps == [Step::Item(1)])?;
        self.is_one(&part, self.texts(looked_up.sibling(*object))?)
    }
}

/// The keys and values of a table that is written in the project.
fn entries(table: Value<'_>) -> Option<Vec<(&str, Value<'_>)>> {
    let table = table.constant();
    let ExpressionKind::Object(entries) = table.kind() else { return None };
    entries
        .iter()
        .map(|entry| match &entry.key {
            EntryKey::Name(name) => Some((name.as_str(), table.sibling(entry.value))),
            EntryKey::Computed(key) => {
                Some((table.sibling(*key).text()?, table.sibling(entry.value)))
            }
            EntryKey::Spread => None,
        })
        .collect()
}

/// `/admin/` of `${base}/admin/`: where an application begins is nothing to the paths inside it.
fn below(value: Value<'_>) -> Option<&str> {
    let written = value.constant();
    let ExpressionKind::Concat(parts) = written.kind() else { return None };
    let [base, rest] = parts.as_slice() else { return None };
    let is_name = matches!(written.sibling(*base).kind(), ExpressionKind::Name(_));
    written.sibling(*rest).text().filter(|rest| is_name && rest.starts_with('/'))
}

/// `GET` of `http.MethodGet`, `HttpMethod.GET`, `Method::GET`.
pub(super) fn method_named(value: Value<'_>) -> Option<&str> {
    let ExpressionKind::Member { object, name } = value.kind() else { return None };
    let is_listed = value.sibling(*object).source().ends_with("Method");
    name.strip_prefix("Method").or_else(|| is_listed.then_some(name.as_str()))
}
