//! Conditions on where the program runs: a guard is judged for where strangers are.

use crate::{
    facts::{ExpressionKind, Operator},
    project::Value,
};

/// How `test` comes out in production, if it asks for the name of the environment alone.
pub fn in_production(test: Value<'_>) -> Option<bool> {
    if is_while_building(test) {
        return Some(false);
    }
    let ExpressionKind::Operation { operator, operands } = test.kind() else { return None };
    let [first, second] = operands.as_slice() else { return None };
    let sides = [(*first, *second), (*second, *first)];
    let named = sides.into_iter().find_map(|(asked, name)| {
        let name = test.sibling(name).kind().as_text()?;
        asks_environment(test.sibling(asked)).then_some(name)
    })?;
    let is_production = match named.to_ascii_lowercase().as_str() {
        "production" | "prod" => true,
        "development" | "dev" | "test" | "testing" | "local" => false,
        _ => return None,
    };
    match operator {
        Operator::Equal => Some(is_production),
        Operator::NotEqual => Some(!is_production),
        _ => None,
    }
}

/// `SvelteKit`'s `building` and `dev`: no stranger asks for anything by then.
fn is_while_building(test: Value<'_>) -> bool {
    matches!(test.kind(), ExpressionKind::Name(_))
        && matches!(test.path().as_str(), "$app/environment.building" | "$app/environment.dev")
}

/// `process.env.NODE_ENV`, `settings.ENVIRONMENT`.
fn asks_environment(value: Value<'_>) -> bool {
    let (ExpressionKind::Member { name, .. } | ExpressionKind::Name(name)) = value.kind() else {
        return false;
    };
    matches!(
        name.to_ascii_lowercase().as_str(),
        "node_env" | "environment" | "env" | "app_env" | "stage" | "nodeenv" | "flask_env"
    )
}
