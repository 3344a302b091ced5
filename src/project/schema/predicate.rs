//! What a policy's condition lets through.

/// A condition, normalised: lower case, without white space, parentheses and casts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    text: String,
}

impl Predicate {
    pub fn new(written: &str) -> Self {
        let lower = written.to_ascii_lowercase();
        let mut text: String = lower
            .chars()
            .filter(|character| !character.is_whitespace() && !matches!(character, '(' | ')' | '"'))
            .collect();
        for cast in ["::text", "::uuid", "::boolean", "::bool", "::character", "::varchar"] {
            text = text.replace(cast, "");
        }
        // `(select auth.uid())` is a habit for speed.
        text = text.replace("selectauth.", "auth.");
        for alias in ["asuid", "asrole", "asjwt"] {
            text = text
                .replace(&format!("auth.{}{alias}", &alias[2..]), &format!("auth.{}", &alias[2..]));
        }
        Self { text }
    }

    /// Lets every row through.
    pub fn is_always_true(&self) -> bool {
        matches!(self.text.as_str(), "true" | "1=1" | "notfalse" | "" | "true=true")
    }

    /// Asks only whether somebody is signed in.
    pub fn is_any_user(&self) -> bool {
        matches!(
            self.text.as_str(),
            "auth.role='authenticated'"
                | "'authenticated'=auth.role"
                | "auth.uidisnotnull"
                | "auth.jwtisnotnull"
                | "auth.uid<>null"
                | "auth.uid=auth.uid"
                | "auth.roleisnotnull"
        )
    }

    /// Reads what people may write about themselves.
    pub fn reads_user_metadata(&self) -> bool {
        self.text.contains("user_metadata")
    }

    /// Compares something of the caller at all.
    pub fn names_caller(&self) -> bool {
        [
            "auth.",
            "current_setting",
            "current_user",
            "session_user",
            "requesting_user",
            "get_user",
            "is_",
            "has_",
        ]
        .iter()
        .any(|word| self.text.contains(word))
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}
