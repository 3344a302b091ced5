//! Templates: functions of what they are rendered with.

use super::{
    calls::Given,
    held::{Held, Parts},
    run::Run,
    trace::Mark,
};
use crate::{
    facts::Text,
    project::{Call, Location},
};

/// The number of what a template is rendered with among its parameters; it has no other.
const CONTEXT: u32 = 0;

impl Run<'_> {
    /// A free name of a template. Names like `JSON` and `Math` belong to the language.
    pub(super) fn of_template(&self, name: &str, location: Location) -> Held {
        let is_global = name.starts_with(char::is_uppercase) && self.is_script_template();
        if name.contains('.') || name == "filter" || is_global {
            return Held::clean();
        }
        if name.starts_with('?') {
            return Held::unknown(location);
        }
        Held::of(Mark::Parameter(CONTEXT, vec![Text::from(name)]))
    }

    fn is_script_template(&self) -> bool {
        let name = self.project.file(self.file).name();
        [".ejs", ".eta", ".pug", ".jade"].iter().any(|ending| name.ends_with(ending))
    }

    /// What a template shows is seen where it is rendered.
    pub(super) fn observe_template(&mut self, call: Call<'_>, given: &[Given]) {
        let Some(template) = self.project.rendered(call) else { return };
        let Some(summary) = self.summaries.get(template).cloned() else { return };
        let location = self.location(call.id());
        let lookup = |number: u32, path: &[Text]| {
            if number == CONTEXT { context(given, path, location) } else { Held::clean() }
        };
        for (sink, held) in &summary.sinks {
            self.observe(sink.clone(), held.substituted(&lookup));
        }
    }
}

/// What a template finds under a path of names.
fn context(given: &[Given], path: &[Text], location: Location) -> Held {
    let Some((first, rest)) = path.split_first() else { return Held::unknown(location) };
    let named = given.iter().find(|given| given.name.as_ref() == Some(first));
    let held = named.map(|given| given.held.clone()).or_else(|| {
        let objects = given.iter().filter(|given| given.name.is_none() || given.spread);
        let mut fields = objects.filter_map(|given| given.held.known_field(first));
        fields.next().cloned()
    });
    // An object that was made elsewhere may have the name.
    let held = held.or_else(|| {
        let last = given.iter().rfind(|given| given.name.is_none() && !given.held.is_text)?;
        let is_whole = !matches!(last.held.parts.as_deref(), Some(Parts::Items(_)));
        (is_whole && !last.held.traces.is_empty()).then(|| last.held.field(first, location))
    });
    let held = held.unwrap_or_else(|| Held::unknown(location));
    rest.iter().fold(held, |held, name| held.field(name, location))
}
