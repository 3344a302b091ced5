//! What a library's call does to what goes through it, by its meaning or by its name.

use super::{
    calls::{Given, everything},
    containers::made_container,
    held::Held,
    kills::Kills,
    run::Run,
    texts::joined_text,
    trace::{Constant, Mark},
};
use crate::{
    facts::{CallStyle, ExpressionId, ExpressionKind, Language, vocabulary::Meaning},
    project::{Call, Value},
};

/// What begins a chain of calls that ends with rows.
const STORE_READS: [Meaning; 3] =
    [Meaning::DatabaseRead, Meaning::SqlQuery, Meaning::DocumentQuery];

impl Run<'_> {
    /// What is left: judged by the callee's name and form.
    pub(super) fn by_name(
        &mut self,
        call: Call<'_>,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Held {
        let location = self.location(call.id());
        let name = call.name();
        let receiver_held = receiver.map(|(_, held)| held);
        if let Some(held) = made_container(call, given) {
            return held;
        }
        let all = everything(receiver_held, given);
        if let Some(held) = treatment(call, receiver_held, given, &all) {
            return held;
        }
        if is_question(name) || matches!(name, "min" | "clamp" | "Min") {
            return Held::clean();
        }
        if asks_store(call) || hands_to_lookup(call) {
            return Held::unknown(location);
        }
        if call.style() == CallStyle::Tagged && call.name() == "sql" {
            return bound(call, given);
        }
        let is_constructor = call.style() == CallStyle::New
            || call
                .path()
                .rsplit('.')
                .next()
                .is_some_and(|last| last.starts_with(char::is_uppercase))
                && self.language() != Language::Go;
        let path = call.path();
        let is_static = !path.starts_with('?') && !path.contains("()");
        let arguments = everything(None, given);
        if all.traces.is_empty() {
            let is_pure = is_constructor
                || is_static && !given.is_empty()
                || receiver_held.is_some_and(|held| held.is_text || held.constant.is_some());
            return if is_pure { Held::clean() } else { Held::unknown(location) };
        }
        if is_constructor {
            return structure(given);
        }
        let is_passed_through = receiver_held
            .is_some_and(|held| !held.all_traces().is_empty() || held.is_text)
            && !arguments.traces.iter().any(|trace| !matches!(trace.mark, Mark::Unknown(_)));
        if is_passed_through {
            return all;
        }
        match receiver_held {
            None => arguments,
            Some(held) if held.is_text || held.constant.is_some() => all,
            Some(held) if held.all_traces().is_empty() && is_static => arguments,
            Some(held) if is_lookup(name) => {
                let is_followed =
                    held.all_traces().iter().any(|trace| !matches!(trace.mark, Mark::Unknown(_)));
                if is_followed { held.derived() } else { Held::unknown(location) }
            }
            Some(held) => {
                let mut result = held.derived();
                result.absorb(&arguments.killed(Kills::DOUBTFUL));
                result
            }
        }
    }
}

/// `db.selectFrom("files").where("id", "=", id).first()`: what is found is data of its own, whatever it was looked up
/// by.
fn asks_store(call: Call<'_>) -> bool {
    let mut chain = std::iter::successors(call.receiver().and_then(Value::as_call), |call| {
        call.receiver().and_then(Value::as_call)
    });
    chain.any(|before| before.meanings().any(|meaning| STORE_READS.contains(&meaning)))
}

/// `` sql`… ${value}` ``: a library's tag binds each value, but for texts that are marked as raw there.
fn bound(call: Call<'_>, given: &[Given]) -> Held {
    let mut all = Held::clean();
    for one in given {
        let value = call.value().sibling(one.id);
        let is_raw = value.as_call().is_some_and(|inner| inner.means(Meaning::SqlRaw));
        all.absorb(&if is_raw { one.held.clone() } else { one.held.killed(Kills::SQL) });
    }
    all
}

/// `asyncio.to_thread(client.connections.get, name)`: another thread looks it up.
fn hands_to_lookup(call: Call<'_>) -> bool {
    let position = match call.name() {
        "to_thread" | "run_in_threadpool" | "run_sync" => 0,
        "run_in_executor" => 1,
        _ => return false,
    };
    let function = call.argument(position).map(Value::kind);
    matches!(function, Some(ExpressionKind::Member { name, .. }) if is_lookup(name))
}

/// Functions of languages and libraries that change what a text may hold.
pub(super) fn treatment(
    call: Call<'_>,
    receiver: Option<&Held>,
    given: &[Given],
    all: &Held,
) -> Option<Held> {
    let kills = match call.name() {
        "encodeURIComponent" | "quote_plus" | "urlencode" | "QueryEscape" | "PathEscape"
        | "rawurlencode" | "escapeURIComponent" | "encodeForURL" | "UrlEncode" => {
            Kills::URL_ENCODED
        }
        "quote" if call.path().starts_with("urllib") => Kills::HTML | Kills::LINE | Kills::TEXT,
        "encode" if call.path().contains("URLEncoder") => Kills::URL_ENCODED,
        "stringify" | "dumps" => Kills::TEXT | Kills::LINE,
        // A library's function whose name says what it does.
        name if name.to_ascii_lowercase().contains("sanitiz") => Kills::HTML | Kills::TEXT,
        // Go's encoder escapes the signs of HTML.
        "Marshal" | "MarshalIndent" if call.path().starts_with("encoding/json") => {
            Kills::HTML | Kills::TEXT | Kills::LINE
        }
        "escapeRegExp" | "escapeStringRegexp" | "QuoteMeta" => Kills::PATTERN,
        name if call.path() == "re.escape"
            || name == "quote" && call.path().contains("Pattern") =>
        {
            Kills::PATTERN
        }
        // A library's parser of Go yields a type of its own.
        name if name.starts_with("Parse") && call.path().contains('/') => Kills::SHAPED,
        "literal_eval" => Kills::LITERAL,
        "QuoteIdentifier" | "QuoteLiteral" | "quote_ident" | "quote_identifier"
        | "quote_literal" | "escapeId" | "escapeIdentifier" | "escapeLiteral" => {
            Kills::SQL | Kills::TEXT
        }
        // A builder of queries writes a placeholder for each value.
        "ToSql" | "MustSql" | "ToSQL" | "toSQL" if receiver.is_some() => Kills::SQL | Kills::TEXT,
        // A column's comparison takes its value as a parameter; a text's answers yes or no.
        "like" | "ilike" | "not_like" | "not_ilike" | "notlike" | "notilike" | "in_" | "not_in"
        | "notin_" | "between" | "startswith" | "endswith" | "contains" | "icontains"
        | "is_distinct_from" => Kills::SQL | Kills::TEXT,
        // The ending of a name has no folder in it.
        "extname" | "Ext" => Kills::PATH | Kills::NO_PARENT | Kills::TEXT,
        // An open file knows where it is: its path was chosen where it was opened.
        "Name" if call.path().starts_with("os.") => Kills::PATH | Kills::NO_PARENT | Kills::TEXT,
        "splitext" => {
            let ending = all.killed(Kills::PATH | Kills::NO_PARENT | Kills::TEXT);
            return Some(Held::items(vec![all.derived(), ending]));
        }
        "escape_filter_chars" | "encodeForLDAP" | "filterEncode" => Kills::FILTER,
        "encodeForXPath" => Kills::QUOTE,
        "String" | "str" | "toString" | "to_string" | "String.valueOf" => {
            let whole = receiver
                .filter(|_| given.is_empty())
                .or_else(|| given.first().map(|given| &given.held));
            let mut text = whole?.flat().killed(Kills::TEXT);
            if let Some(constant) = &text.constant {
                return Some(Held::constant(Constant::Text(constant.display())));
            }
            text.is_text = true;
            return Some(text);
        }
        "resolve" | "realpath" | "normalize" | "normpath" | "abspath" | "canonicalize"
        | "getCanonicalPath" | "getCanonicalFile" | "toRealPath" | "Clean" | "Abs"
        | "EvalSymlinks" | "toAbsolutePath" => Kills::CANONICAL,
        // Go and Node clean what they have joined; Python does not.
        "Join" if call.path().starts_with("path") => Kills::CANONICAL,
        "join" if ["path.join", "node:path.join"].contains(&call.path()) => Kills::CANONICAL,
        "format" if receiver.is_some_and(|held| held.is_text) => {
            let mut parts = vec![receiver?.clone()];
            parts.extend(given.iter().map(|given| given.held.clone()));
            return Some(joined_text(&parts));
        }
        "join" if receiver.is_some_and(|held| held.is_text) => {
            let items = given.first()?.held.derived();
            return Some(joined_text(&[items]));
        }
        "replace" | "replaceAll" | "ReplaceAll" if doubles_quotes(call) => {
            Kills::DOUBLED | Kills::TEXT
        }
        "replace" | "replaceAll" | "sub" | "replace_all" | "ReplaceAllString" => replaced(call),
        "isqrt" | "parseInt" | "parseFloat" | "Number" | "Atoi" | "ParseInt" | "ParseUint"
        | "ParseFloat" | "ParseBool" | "BigInt" | "Boolean" | "charCodeAt" | "hashCode"
        | "getTime" | "valueOf"
            if call.name() != "valueOf" || !call.path().contains("String") =>
        {
            Kills::COERCED
        }
        _ => return None,
    };
    let mut treated = all.killed(kills);
    if matches!(call.name(), "replace" | "replaceAll") {
        treated.prefix = receiver.and_then(|held| held.prefix.clone());
        treated.is_text = receiver.is_some_and(|held| held.is_text);
    }
    Some(treated)
}

/// Names of methods that look something up: what they yield is not what they were asked by.
pub(super) fn is_lookup(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "get", "find", "fetch", "load", "query", "read", "select", "search", "lookup", "first",
        "one", "list", "count", "request", "send", "create", "save", "update", "delete", "insert",
        "execute", "exec",
    ];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.starts_with(word))
}

/// Names of functions that answer yes or no, or how many.
pub(super) fn is_question(name: &str) -> bool {
    let starts = |word: &str| {
        name.strip_prefix(word).is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_uppercase() || first == '_')
        })
    };
    ["is", "has", "can", "should", "Is", "Has"].into_iter().any(starts)
        || matches!(
            name,
            "includes"
                | "contains"
                | "startsWith"
                | "endsWith"
                | "startswith"
                | "endswith"
                | "starts_with"
                | "ends_with"
                | "test"
                | "equals"
                | "equalsIgnoreCase"
                | "indexOf"
                | "lastIndexOf"
                | "count"
                | "len"
                | "size"
                | "length"
                | "isdigit"
                | "isalnum"
                | "isalpha"
                | "isnumeric"
                | "HasPrefix"
                | "HasSuffix"
                | "Contains"
                | "matches"
                | "exists"
                | "isinstance"
                | "hasattr"
                | "bool"
                | "compareTo"
                | "search_count"
        )
}

/// `text.replace(/'/g, "''")`: every single quote, not the first alone.
fn doubles_quotes(call: Call<'_>) -> bool {
    let is_each = call.name() != "replace" || !call.source_file().language.is_script();
    let given: Vec<_> = call.positional().collect();
    given.windows(2).any(|pair| {
        let is_quote = match pair[0].constant().kind() {
            // The facts keep the pattern of a regular expression, its flags stand in the source.
            ExpressionKind::Regex(pattern) => {
                pattern == "'" && pair[0].constant().source().ends_with("/g")
            }
            ExpressionKind::Text(text) => text == "'" && is_each,
            _ => false,
        };
        is_quote && pair[1].text() == Some("''")
    })
}

/// What is sure after everything outside a class of characters was removed.
pub(super) fn replaced(call: Call<'_>) -> Kills {
    let pattern = call.positional().find_map(|value| match value.constant().kind() {
        ExpressionKind::Regex(text) => Some(text.as_str()),
        ExpressionKind::Text(text) if text.starts_with('[') => Some(text.as_str()),
        _ => None,
    });
    let Some(pattern) = pattern else {
        let first = call.argument(0).and_then(Value::text);
        return match first {
            Some("\n" | "\r" | "\r\n") => Kills::LINE,
            Some("'") => Kills::QUOTE,
            // What is left has no step up in it; `../` alone may be put together again by what is left.
            Some("." | "..") if call.argument(1).and_then(Value::text) == Some("") => {
                Kills::NO_PARENT
            }
            _ => Kills::NONE,
        };
    };
    let inside = pattern.trim_end_matches(['+', '*']);
    let Some(class) = inside.strip_prefix("[^").and_then(|rest| rest.strip_suffix(']')) else {
        let removes_breaks = pattern.contains("\\n") || pattern.contains("\\r");
        return if removes_breaks { Kills::LINE } else { Kills::NONE };
    };
    let allows = |characters: &[char]| class.contains(characters);
    let mut kills = Kills::TEXT | Kills::LITERAL;
    if !allows(&['\'', '"', ';', '`', '$', '|', '&', ' '])
        && !class.contains("\\s")
        && !class.contains("\\W")
    {
        kills = kills | Kills::SQL | Kills::SHELL | Kills::LINE;
    }
    if !allows(&['<', '>', '&', '"', '\'']) {
        kills = kills | Kills::HTML;
    }
    if !allows(&['/', '\\'])
        || class.matches('\\').count()
            == class.matches("\\w").count()
                + class.matches("\\-").count()
                + class.matches("\\d").count()
            && !class.contains('/')
    {
        kills = kills | Kills::PATH | Kills::URL;
    }
    kills
}

pub(super) fn structure(given: &[Given]) -> Held {
    let mut whole = Held::default();
    for given in given {
        match &given.name {
            Some(name) if !given.spread => whole.set_field(name, given.held.clone()),
            _ => whole.absorb(&given.held),
        }
    }
    whole
}
