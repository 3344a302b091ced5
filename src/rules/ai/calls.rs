//! Where the project calls a model, by a library or by address.

use super::models::MODELS;
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    project::{Call, Origin, Project, Value, views::Setting},
};

/// One call of a model.
#[derive(Clone, Copy)]
pub(super) struct ModelCall<'p> {
    pub(super) call: Call<'p>,
    /// By address, without the provider's library.
    pub(super) is_request: bool,
}

/// All calls of models in shipped code, in file order.
pub(super) fn of(project: &Project) -> impl Iterator<Item = ModelCall<'_>> {
    project.calls().filter(|call| call.source_file().is_shipped()).filter_map(|call| {
        if call.means(Meaning::ModelCall) && !continues(call) {
            Some(ModelCall { call, is_request: false })
        } else {
            is_model_request(call).then_some(ModelCall { call, is_request: true })
        }
    })
}

/// A step of a chain whose inner call is one already: `client.messages.create().stream()`.
fn continues(call: Call<'_>) -> bool {
    let inner = call.receiver().and_then(Value::as_call);
    inner.is_some_and(|inner| inner.means(Meaning::ModelCall))
}

/// An HTTP request to the service of a provider.
pub(in crate::rules) fn is_model_request(call: Call<'_>) -> bool {
    call.means(Meaning::HttpRequest)
        && call.positional().take(2).any(|value| {
            texts(value).iter().any(|text| MODELS.hosts.iter().any(|host| text.contains(host)))
        })
}

/// The literal texts in a value, through names.
fn texts(value: Value<'_>) -> Vec<&str> {
    let constant = value.constant();
    let parts = constant.descendants();
    parts.into_iter().filter_map(Value::text).collect()
}

impl<'p> ModelCall<'p> {
    /// What is given as the model, at the call or where its client was built.
    pub(super) fn model(&self) -> Setting<'p> {
        if self.is_request {
            return self.model_in_body();
        }
        let own = self.call.detail(Meaning::ModelCall, "model").unwrap_or("model");
        match option_or_position(self.call, own) {
            Setting::Absent => match self.client() {
                Some(client) => {
                    let detail = client.detail(Meaning::ModelClient, "model").unwrap_or("model");
                    option_or_position(client, detail)
                }
                None => Setting::Absent,
            },
            given => given,
        }
    }

    /// `model` in an object of the request's body.
    fn model_in_body(&self) -> Setting<'p> {
        for argument in self.call.arguments() {
            let value = self.call.value().sibling(argument.value).constant();
            for part in value.descendants() {
                let part = part.constant();
                if matches!(part.kind(), ExpressionKind::Object(_))
                    && let given @ Setting::Given(_) = part.entry("model")
                {
                    return given;
                }
                for inner in part.descendants() {
                    if let given @ Setting::Given(_) = inner.entry("model") {
                        return given;
                    }
                }
            }
        }
        Setting::Unknown
    }

    /// The call that built what it is called on.
    pub(super) fn client(&self) -> Option<Call<'p>> {
        let mut at = self.call.receiver()?;
        for _ in 0..8 {
            let project = self.call.project;
            let built = match project.origin(at.at) {
                Origin::Created(made) => project.value(made).as_call(),
                _ => at.as_call(),
            };
            if let Some(built) = built.filter(|built| built.means(Meaning::ModelClient)) {
                return Some(built);
            }
            let unwrapped = at.unwrapped();
            at = match unwrapped.kind() {
                ExpressionKind::Member { object, .. } => unwrapped.sibling(*object),
                ExpressionKind::Call { .. } => unwrapped.as_call()?.receiver()?,
                _ => return None,
            };
        }
        None
    }

    /// Nothing is written by it: a vector, a picture, a text of what was said.
    pub(super) fn is_text(&self) -> bool {
        const OTHER: [&str; 7] =
            ["embed", "image", "transcri", "speech", "moderation", "rerank", "audio"];
        let path = self.call.path().to_ascii_lowercase();
        !OTHER.iter().any(|word| path.contains(word))
    }
}

/// An option by one of several names, a number being a position.
pub(super) fn option_or_position<'p>(call: Call<'p>, names: &str) -> Setting<'p> {
    let mut found = Setting::Absent;
    for name in names.split(',').map(str::trim) {
        let setting = match name.parse::<usize>() {
            Ok(position) => call.argument(position).map_or(Setting::Absent, Setting::Given),
            Err(_) => call.option(name),
        };
        match setting {
            Setting::Given(_) => return setting,
            Setting::Unknown => found = Setting::Unknown,
            Setting::Absent => {}
        }
    }
    found
}
