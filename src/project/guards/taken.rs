//! What patterns take out of a request: `const { user } = req`, `({ ctx: { session }, next }) => …`.

use super::{
    carrier::{chain, parts_label},
    path::Path,
    walk::{Walker, bind},
};
use crate::{
    facts::{ExpressionId, Pattern},
    project::Body,
};

impl<'p> Walker<'_, 'p> {
    /// Binds the parts of a request that a declaration takes out of it, where nothing better is known.
    pub(super) fn bind_taken(&mut self, target: &Pattern, value: ExpressionId, path: &mut Path) {
        let mut names = chain(self.value(value).unwrapped());
        if matches!(target, Pattern::Fields { .. }) && !names.is_empty() {
            self.reads_credential |= bind_parts(&mut names, target, path);
        }
    }

    /// The same for parameters that are patterns.
    pub(super) fn taken_parameters(&mut self, body: Body<'p>, path: &mut Path) {
        for (position, parameter) in body.function().plain_parameters().enumerate() {
            if matches!(parameter.pattern, Pattern::Fields { .. }) {
                // The third parameter of a resolver is the context: `(parent, args, { user }) => …`.
                let mut names = if position == 2 { vec!["context"] } else { Vec::new() };
                self.reads_credential |= bind_parts(&mut names, &parameter.pattern, path);
            }
        }
    }
}

/// Gives the names of a pattern what the parts of the request carry that they stand for; did any carry
/// something?
fn bind_parts<'n>(names: &mut Vec<&'n str>, pattern: &'n Pattern, path: &mut Path) -> bool {
    match pattern {
        Pattern::Fields { fields, .. } => fields.iter().fold(false, |found, (key, inner)| {
            names.push(key);
            let inside = bind_parts(names, inner, path);
            names.pop();
            found | inside
        }),
        Pattern::WithDefault(inner, _) => bind_parts(names, inner, path),
        Pattern::Name(name) if names.len() > 1 && path.label(name).is_none() => {
            let label = parts_label(names);
            bind(pattern, label, path);
            label.is_some()
        }
        _ => false,
    }
}
