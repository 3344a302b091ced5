//! Parameters of handlers that the framework fills from the path or, by name, from anywhere in the request.

use super::{held::Held, kills::Kills, trace::Origin};
use crate::project::{Body, Location};

/// What a Python handler is given under `name`, when one of its routes says so.
pub(super) fn source(handler: Body<'_>, name: &str, location: Location) -> Option<Held> {
    let held = || Held::source(Origin::Request, location);
    let mut filled_by_name = false;
    for route in handler.project.routes_of(handler.at) {
        if let Some(converter) = converter(&route.path, name) {
            let is_harmless = matches!(converter, "int" | "float" | "uuid");
            return Some(if is_harmless { held().killed(Kills::COERCED) } else { held() });
        }
        // Connexion hands over the body and every declared parameter by name, and these of its own.
        filled_by_name |= route.framework == "connexion"
            && !matches!(name, "user" | "token_info" | "context_" | "request");
        // Tornado hands over the groups of the pattern in their order.
        filled_by_name |= route.framework == "tornado" && route.path.contains("<>");
    }
    filled_by_name.then(held)
}

/// The converter of the part called `name` in `/items/<int:name>` or `/items/{name}`, empty for any text.
fn converter<'path>(path: &'path str, name: &str) -> Option<&'path str> {
    path.split(['<', '{']).skip(1).find_map(|part| {
        let (inside, _) = part.split_once(['>', '}'])?;
        match inside.split_once(':') {
            // Flask and Django write the converter first, Starlette last.
            Some((first, last)) if last == name => Some(first),
            Some((first, last)) if first == name => Some(last),
            None if inside == name => Some(""),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::converter;

    #[test]
    fn a_part_of_the_path_is_found_with_its_converter() {
        assert_eq!(converter("/users/<int:key>/<name>", "key"), Some("int"));
        assert_eq!(converter("/users/<int:key>/<name>", "name"), Some(""));
        assert_eq!(converter("/files/{rest:path}", "rest"), Some("path"));
        assert_eq!(converter("/users/{id}", "key"), None);
    }
}
