//! What a guard proves: graded by what its body does, never by its name.
//!
//! A body is walked path by path with the [`Level`] of proof reached so far. Where it lets the request
//! pass (it calls `next`, returns, calls what it wraps, or reaches its first effect), the lowest level
//! over all such points is what the guard proves. `security.md` §C4–C7 has the background.

use std::collections::HashMap;

use super::{Definition, ExpressionRef, FunctionRef, Location, Origin, Project, Value};
use crate::facts::{
    Text,
    vocabulary::{Meaning, Row},
};

mod acts;
mod call;
mod callable;
mod callback;
mod carrier;
mod choice;
mod class;
pub mod condition;
mod connection;
mod delegate;
pub mod dependency;
pub mod deployed;
mod evaluate;
mod go;
mod java;
mod kept;
mod maker;
mod options;
mod outcome;
mod path;
mod rejection;
mod request;
mod returned;
mod rust;
mod searched;
mod shared;
mod summary;
mod taken;
mod walk;

use maker::Made;
use path::Label;
pub use request::Request;

/// How far a path has proven who is calling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    #[default]
    Nothing,
    /// A credential is there; nobody has looked whether it is genuine.
    Presence,
    /// Somebody filled in an identity earlier, and its presence was tested.
    Identity,
    /// A credential was verified.
    Verified,
}

/// What a guard is worth. The names are those of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Populates or tests presence only.
    G0,
    /// Only a name that sounds like a guard.
    G1,
    /// Rejects on an identity that it reads; where that comes from was not seen.
    G2,
    /// An enforcing call of a known library.
    G3,
    /// Proven by its body.
    G4,
}

impl Grade {
    pub const fn name(self) -> &'static str {
        match self {
            Self::G0 => "G0",
            Self::G1 => "G1",
            Self::G2 => "G2",
            Self::G3 => "G3",
            Self::G4 => "G4",
        }
    }
}

/// How a guard lets a request pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It calls its last parameter, or one named `next`, without an error.
    Middleware,
    /// It calls its last parameter with something true (`verifyClient` of ws).
    Verdict,
    /// It returns normally: dependencies, extractors.
    Dependency,
    /// It returns something true; whatever else it returns refuses (Ninja's `auth`).
    Truth,
    /// It returns nothing; any value returned is an answer (Flask's `before_request`).
    Hook,
    /// It calls the function that it was given, directly or in a function that it returns.
    Wrapper,
    /// It ends without having answered; what it returns does not matter (Fastify's hooks).
    Unanswered,
    /// It is the handler itself: its first effect, or a normal end.
    Handler,
    /// It is the script of a page: where it reads or changes something, or its end if it does neither.
    Script,
    /// It is given a connection: its first effect, or the first time it hands on what was sent.
    Connection,
    /// It returns nothing, or an answer that hands the request on (`NextResponse.next()`); every other
    /// answer ends the request.
    Gate,
}

/// What was found out about one guard.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// `None`: this has nothing to do with authentication.
    pub grade: Option<Grade>,
    /// Why, in a few words.
    pub why: String,
    /// Where the body decides: the verification, or the place that lets everybody pass.
    pub decided_at: Option<Location>,
    /// The role or permission that it demands on top.
    pub role: bool,
    /// Why it keeps nobody out, if it does not.
    pub weakness: Option<Weakness>,
}

/// Why a guard keeps nobody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It asks who is calling, and goes on whatever the answer is.
    Greets,
    /// Any credential will do, genuine or not.
    PresenceOnly,
    /// It verifies the credential, and goes on where that fails or where there is none.
    FailsOpen,
    /// It is told to let everybody through, or nothing looks at it.
    Disabled,
}

impl Assessment {
    fn none() -> Self {
        Self { grade: None, why: String::new(), decided_at: None, role: false, weakness: None }
    }

    fn new(grade: Grade, why: impl Into<String>) -> Self {
        Self { grade: Some(grade), why: why.into(), decided_at: None, role: false, weakness: None }
    }
}

/// Is this one of the words of which the names of guards are made?
pub fn is_guard_word(word: &str) -> bool {
    matches!(
        word,
        "auth"
            | "authenticate"
            | "authenticated"
            | "authentication"
            | "authorize"
            | "authorized"
            | "authorization"
            | "require"
            | "ensure"
            | "protect"
            | "protected"
            | "guard"
            | "login"
            | "jwt"
            | "apikey"
            | "permission"
            | "admin"
    )
}

/// Grades guards, and remembers what it found of each function.
pub struct Grader<'p> {
    project: &'p Project,
    summaries: HashMap<(FunctionRef, summary::Asked), summary::Summary>,
    /// The functions being walked: a cycle proves nothing.
    pending: Vec<FunctionRef>,
    /// What the guard to be walked next was made with: `true` and `false`, by the names of its maker's parameters.
    switches: Vec<(Text, Label)>,
    /// A test was decided by the request: what was found holds for that one alone.
    asked_request: bool,
    /// The request that guards are judged for: those that look at its path or method differ by it.
    pub request: Option<Request>,
}

impl<'p> Grader<'p> {
    pub fn new(project: &'p Project) -> Self {
        Self {
            project,
            summaries: HashMap::new(),
            pending: Vec::new(),
            switches: Vec::new(),
            asked_request: false,
            request: None,
        }
    }

    /// Grades what stands in a guard's position: an expression such as `requireAuth`,
    /// `passport.authenticate("jwt")`, `Depends(get_user)`'s argument.
    pub fn expression(&mut self, at: ExpressionRef, mode: &Mode) -> Assessment {
        let value = self.project.value(at);
        if let Some(declared) = self.declared(value) {
            return declared;
        }
        let definition = self.project.resolve_value(at);
        // The call itself, or the one inside it that made the guard: `const signedIn = () => jwt(…)`.
        let calls = value.as_call().into_iter().chain(self.made_by(at, &definition));
        for call in calls {
            if let Some(known) = self.known_call(call.path(), Some(call)) {
                return known;
            }
        }
        if let Some(spared) = self.sparing(value, mode) {
            return spared;
        }
        let assessment = self.as_made(value, &definition, mode);
        if assessment.grade.is_some() {
            return assessment;
        }
        match definition {
            Definition::Function(_) | Definition::Value(_) => assessment,
            Definition::Class(class) | Definition::Instance(class) if self.decides(class, mode) => {
                assessment
            }
            // What a known library does is known: `session(…)` is no guard, whatever it is called.
            Definition::External(path) if self.is_known(&path) => assessment,
            // The name that counts is that of what is called, not those of its arguments.
            _ => {
                let named = value.as_call().map_or(value, super::views::Call::callee_value);
                self.by_name(named.source()).unwrap_or(assessment)
            }
        }
    }

    /// Grades a definition by what it was made with. One that was told to let strangers pass has no weakness for
    /// that.
    fn as_made(&mut self, value: Value<'p>, definition: &Definition, mode: &Mode) -> Assessment {
        let made = Made::of(value);
        self.switches = made.switches.iter().chain(&made.options).cloned().collect();
        let outside = self.request.clone();
        if let Some(request) = &mut self.request {
            request.functions.clone_from(&made.functions);
            request.given.clone_from(&made.given);
        }
        let mut assessment = self.definition(definition, mode);
        let holds = |assessment: &Assessment| assessment.grade >= Some(Grade::G2);
        if made.is_switched_off() {
            assessment.weakness = None;
        } else if !holds(&assessment)
            && let Some(untold) = made.untold()
        {
            self.switches = untold;
            if holds(&self.definition(definition, mode)) {
                assessment.weakness = Some(Weakness::Greets);
            }
        }
        // `requireUser({ optional: true })`: told to, and therefore no weakness.
        if !holds(&assessment)
            && let Some(untold) = made.untold_options()
        {
            self.switches = untold;
            if holds(&self.definition(definition, mode)) {
                assessment.weakness = None;
            }
        }
        self.switches.clear();
        self.request = outside;
        assessment
    }

    /// `guard.unless({ path: ["/login", /^\/public/] })`: the guard, but for the requests that it spares.
    fn sparing(&mut self, value: Value<'p>, mode: &Mode) -> Option<Assessment> {
        let definition = self.project.resolve_value(value.at);
        let call = value.as_call().or_else(|| self.made_by(value.at, &definition))?;
        let guard = call.receiver().filter(|_| call.name() == "unless")?;
        let paths = call.option("path").given()?;
        let is_spared = self.request.as_ref()?.is_spared(paths)?;
        Some(if is_spared { Assessment::none() } else { self.expression(guard.at, mode) })
    }

    /// The call that made what a name stands for: `const requireAuth = passport.authenticate("jwt")`.
    fn made_by(&self, at: ExpressionRef, definition: &Definition) -> Option<super::Call<'p>> {
        let (Definition::External(path), Origin::Created(made)) =
            (definition, self.project.origin(at))
        else {
            return None;
        };
        let call = self.project.call(made)?;
        (path.strip_suffix("()") == Some(call.path())).then_some(call)
    }

    fn is_known(&self, path: &str) -> bool {
        let path = path.trim_end_matches("()");
        let rows = self.project.vocabulary().rows_of(path);
        rows.iter().any(|(_, row)| !row.is_by_name_only())
    }

    /// What the user says of this guard.
    fn declared(&self, value: Value<'p>) -> Option<Assessment> {
        let declarations = self.project.declarations();
        if declarations.guards.is_empty() {
            return None;
        }
        let defined_in = match self.project.resolve_value(value.at) {
            Definition::Function(function) => Some(&*self.project.file(function.file).path),
            _ => None,
        };
        let guard = declarations.guard(value.source(), defined_in)?;
        let why = "declared as a guard in gapcheck.toml";
        Some(Assessment { role: guard.role, ..Assessment::new(Grade::G2, why) })
    }

    /// Grades a definition.
    pub fn definition(&mut self, definition: &Definition, mode: &Mode) -> Assessment {
        match definition {
            Definition::External(path) => {
                self.known_call(path, None).unwrap_or_else(Assessment::none)
            }
            Definition::Function(function) => self.function(*function, mode),
            Definition::Instance(class) | Definition::Class(class) => self.class(*class, mode),
            _ => Assessment::none(),
        }
    }

    /// Grades a function of this project by its body.
    pub fn function(&mut self, function: FunctionRef, mode: &Mode) -> Assessment {
        Self::assess(&self.pass(function, mode))
    }

    /// Says which parameters of the handler to be graded next have no value.
    pub fn leave_out(&mut self, names: Vec<&Text>) {
        self.switches = names.into_iter().map(|name| (name.clone(), Label::Null)).collect();
    }

    /// Grades a handler by its body, and says whether it changes things only for callers that it knows.
    pub fn handler(&mut self, handler: FunctionRef, mode: &Mode) -> (Assessment, bool) {
        let outcome = self.pass(handler, mode);
        (Self::assess(&outcome), outcome.changes_for_known)
    }

    fn assess(outcome: &summary::Outcome) -> Assessment {
        let grade = match outcome.level {
            Level::Verified => Some(Grade::G4),
            Level::Identity => Some(Grade::G2),
            _ if outcome.asks_unseen || outcome.spares => Some(Grade::G1),
            Level::Presence => Some(Grade::G0),
            Level::Nothing if outcome.reads_credential => Some(Grade::G0),
            Level::Nothing => None,
        };
        Assessment {
            grade,
            why: outcome.why(),
            decided_at: outcome.decided_at,
            role: outcome.role,
            weakness: outcome.weakness(),
        }
    }

    /// What a library's call is worth, by the vocabulary.
    fn known_call(&self, path: &str, call: Option<super::Call<'p>>) -> Option<Assessment> {
        let rows = self.project.vocabulary().rows_of(path);
        let (meaning, row) = rows.iter().find_map(|(_, row)| {
            let meaning = row.means.iter().copied().find(|meaning| is_about_identity(*meaning))?;
            Some((meaning, row))
        })?;
        let name = path.trim_end_matches("()");
        let switched_off = call.is_some_and(|call| options::is_switched_off(call, row));
        let assessment = match meaning {
            // `KeyAuthConfig{Skipper: isPublic}`: told to let this request through.
            _ if call.is_some_and(|call| self.skips(call, row)) => Assessment::none(),
            _ if switched_off => {
                let why = format!("`{name}` is told to let everybody through");
                Assessment { weakness: Some(Weakness::Disabled), ..Assessment::new(Grade::G0, why) }
            }
            Meaning::EnforceAuthentication => {
                Assessment::new(Grade::G3, format!("`{name}` refuses callers it does not know"))
            }
            Meaning::EnforceRole => Assessment {
                role: true,
                ..Assessment::new(Grade::G3, format!("`{name}` refuses callers without the role"))
            },
            Meaning::PopulateIdentity | Meaning::ReadIdentity => {
                Assessment::new(Grade::G0, format!("`{name}` only fills in who is calling"))
            }
            Meaning::RequireCredential => {
                let why = format!("`{name}` only takes the credential out");
                let weakness = Some(Weakness::PresenceOnly);
                Assessment { weakness, ..Assessment::new(Grade::G0, why) }
            }
            _ => return None,
        };
        Some(assessment)
    }

    /// Does a library's guard let this request pass, asked by the function that an option is?
    fn skips(&self, call: super::Call<'p>, row: &Row) -> bool {
        let options = row.detail("skip").unwrap_or_default().split(',');
        let mut functions = options.filter_map(|option| call.option(option.trim()).given());
        functions.any(|function| {
            let request = self.request.as_ref();
            function.as_function().and_then(|body| request?.answered(body)) == Some(true)
        })
    }

    /// A symbol that could not be resolved, but sounds like a guard.
    pub fn by_name(&self, name: &str) -> Option<Assessment> {
        let words = split_words(name);
        let sounds = words.iter().any(|word| {
            is_guard_word(word)
                || matches!(word.as_str(), "logged" | "session" | "token" | "role" | "signed")
        });
        let whole =
            format!("`{}` could not be followed; only its name says guard", shortened(name));
        sounds.then(|| Assessment::new(Grade::G1, whole))
    }
}

const fn is_about_identity(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::EnforceAuthentication
            | Meaning::EnforceRole
            | Meaning::PopulateIdentity
            | Meaning::ReadIdentity
            | Meaning::RequireCredential
    )
}

/// The lower-case words of an identifier: `requireAdminRole` gives require, admin, role.
pub fn split_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_is_lower = false;
    for character in name.chars() {
        let starts_word = character.is_uppercase() && previous_is_lower;
        if character.is_alphanumeric() {
            if starts_word || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(character.to_lowercase());
            }
        } else if words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        previous_is_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn shortened(name: &str) -> &str {
    let line = name.lines().next().unwrap_or_default();
    line.char_indices().nth(60).map_or(line, |(end, _)| &line[..end])
}

#[cfg(test)]
mod tests {
    use super::split_words;

    #[test]
    fn identifiers_split_into_words() {
        assert_eq!(split_words("requireAdminRole"), ["require", "admin", "role"]);
        assert_eq!(split_words("get_current_user"), ["get", "current", "user"]);
        assert_eq!(split_words("check-API.key"), ["check", "api", "key"]);
    }
}
