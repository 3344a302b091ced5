//! What is known of models: `rules/data/models.toml`.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::embedded;

/// Whether an identifier stands for one fixed model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pin {
    Pinned,
    Floating,
    Unknown,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Models {
    #[serde(rename = "schema")]
    _schema: u32,
    /// The day on which the table was true.
    pub(super) as_of: String,
    /// Hosts of services that are also called without a library.
    pub(super) hosts: Vec<String>,
    #[serde(rename = "family")]
    families: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(rename = "name")]
    _name: String,
    #[serde(deserialize_with = "pattern")]
    matches: Regex,
    #[serde(deserialize_with = "patterns")]
    pinned: Vec<Regex>,
    #[serde(deserialize_with = "patterns")]
    floating: Vec<Regex>,
}

/// The table of this version.
pub(super) static MODELS: LazyLock<Models> = LazyLock::new(|| {
    let text = embedded::file("data/models.toml").expect("the file is embedded");
    toml::from_str(text).expect("a test loads the table")
});

impl Models {
    /// Whether `identifier` stands for one fixed model.
    pub(super) fn pin(&self, identifier: &str) -> Pin {
        let lower = identifier.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        let Some(family) = self.families.iter().find(|family| family.matches.is_match(name)) else {
            return Pin::Unknown;
        };
        let fits = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(name));
        if fits(&family.pinned) {
            Pin::Pinned
        } else if fits(&family.floating) {
            Pin::Floating
        } else {
            Pin::Unknown
        }
    }
}

fn pattern<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text).map_err(serde::de::Error::custom)
}

fn patterns<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Regex>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| Regex::new(text).map_err(serde::de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_names_fixed_models_in_its_own_way() {
        for pinned in [
            "gpt-4o-2024-08-06",
            "gpt-4-0613",
            "claude-3-5-sonnet-20241022",
            "claude-sonnet-4-6",
            "claude-opus-5",
            "anthropic/claude-sonnet-4-6",
            "gemini-1.5-pro-002",
            "mistral-large-2411",
        ] {
            assert_eq!(MODELS.pin(pinned), Pin::Pinned, "{pinned}");
        }
        for floating in [
            "gpt-4o",
            "gpt-5-mini",
            "openai/gpt-4o-mini",
            "chatgpt-4o-latest",
            "claude-3-5-sonnet-latest",
            "claude-sonnet-4-5",
            "claude-3-opus",
            "gemini-2.5-flash",
            "gemini-pro",
            "mistral-large-latest",
            "llama3:8b",
            "openrouter/auto",
        ] {
            assert_eq!(MODELS.pin(floating), Pin::Floating, "{floating}");
        }
        assert_eq!(MODELS.pin("our-own-deployment"), Pin::Unknown);
    }
}
