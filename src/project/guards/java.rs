//! How Java says that nobody is there: an empty `Optional`, an anonymous token.

use super::path::{Label, Path};
use crate::{
    facts::Language,
    project::{Call, Value},
};

/// What the calls of `Optional` hand on; `orElseThrow` refuses where there is nothing.
pub(super) fn optional(
    call: Call<'_>,
    receiver: Option<Label>,
    argument: Option<Label>,
    path: &mut Path,
) -> Option<Label> {
    if call.source_file().language != Language::Java {
        return None;
    }
    match call.name() {
        "orElseThrow" => {
            path.raise(receiver?.level());
            receiver
        }
        // `Uni.createFrom().nullItem()` of Mutiny.
        "nullItem" => Some(Label::Null),
        "empty" if call.path() == "java.util.Optional.empty" => Some(Label::Null),
        "of" | "ofNullable" if call.path().starts_with("java.util.Optional.") => argument,
        _ => None,
    }
}

/// `AnonymousAuthenticationToken`: to be one is to be nobody.
pub(super) fn is_anonymous(kind: Value<'_>) -> bool {
    kind.source().contains("Anonymous")
}
