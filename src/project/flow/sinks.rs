//! Places where a value takes effect.

use super::{calls::Given, held::Held, records, run::Run, sources};
use crate::{
    facts::{Entry, EntryKey, ExpressionId, ExpressionKind, Language, vocabulary::Meaning},
    project::{Call, ExpressionRef, In, Value, guards::split_words},
};

/// One use of a value: the call, assignment or answer, and in what role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sink {
    pub at: ExpressionRef,
    pub meaning: Meaning,
    pub role: Role,
}

/// What the value is to the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What the vocabulary names: the text, command, path, URL or filter.
    Subject,
    /// The program of a process.
    Program,
    /// One more argument.
    Argument,
    /// The answer of a handler.
    Answer,
    /// Shown by a template that escapes it, unless its engine is told not to.
    Escaped,
    /// How many rows are asked for.
    Limit,
    /// A field that decides what somebody may do.
    Privilege,
    /// A condition inside a filter that the store runs as code: `$where` of `MongoDB`.
    Code,
}

/// What is watched, and the detail that names the dangerous argument.
const WATCHED: [(Meaning, &str); 27] = [
    (Meaning::SqlQuery, "text"),
    (Meaning::SqlRaw, "text"),
    (Meaning::DocumentQuery, "filter"),
    (Meaning::LdapQuery, "filter"),
    (Meaning::XpathQuery, "text"),
    (Meaning::ShellCommand, "command"),
    (Meaning::EvaluateCode, "code"),
    (Meaning::FilePath, "path"),
    (Meaning::FileRead, "path"),
    (Meaning::FileWrite, "path"),
    (Meaning::FileDelete, "path"),
    (Meaning::HttpRequest, "url"),
    (Meaning::RawHtml, "text"),
    (Meaning::Redirect, "url"),
    (Meaning::TemplateFromText, "text"),
    (Meaning::Deserialize, "data"),
    (Meaning::ParseXml, "data"),
    (Meaning::CompileRegex, "pattern"),
    (Meaning::ExtractArchive, "data"),
    (Meaning::DatabaseWrite, "data"),
    (Meaning::DatabaseRead, "limit"),
    (Meaning::Payment, "amount"),
    (Meaning::Log, "message"),
    (Meaning::Print, "message"),
    (Meaning::SetHeader, "value"),
    (Meaning::MergeObjects, "source"),
    (Meaning::RenderTemplate, "data"),
];

/// Effects whose arguments count as a whole.
const EFFECTS: [Meaning; 6] = [
    Meaning::SqlQuery,
    Meaning::DocumentQuery,
    Meaning::DatabaseWrite,
    Meaning::SendMail,
    Meaning::ModelCall,
    Meaning::Payment,
];

/// Options that say how many rows are wanted.
const LIMITS: [&str; 5] = ["take", "limit", "first", "page_size", "pageSize"];

impl Run<'_> {
    pub(super) fn observe(&mut self, sink: Sink, held: Held) {
        match self.observations.get_mut(&sink) {
            Some(known) => {
                known.is_text |= held.is_text;
                known.join(&held);
            }
            None => {
                self.observations.insert(sink, held);
            }
        }
    }

    pub(super) fn observe_call(
        &mut self,
        call: Call<'_>,
        receiver: Option<&Held>,
        given: &[Given],
    ) {
        let at = call.at();
        for (meaning, detail) in WATCHED {
            if !call.means(meaning) {
                continue;
            }
            let described = call.detail(meaning, detail);
            let role = Role::Subject;
            match meaning {
                Meaning::Log | Meaning::Print => {
                    let texts = given.iter().filter(|given| given.held.is_text);
                    let texts: Vec<&Held> = texts.map(|given| &given.held).collect();
                    if let Some(held) = joined_arguments(&texts) {
                        self.observe(Sink { at, meaning, role }, held);
                    }
                }
                Meaning::DatabaseWrite => {
                    let named = described.and_then(|name| argument(name, receiver, given));
                    let record = named.map(|held| {
                        let mut all = Held::default();
                        records::absorb_whole(&mut all, &held);
                        all
                    });
                    if let Some(held) = record.or_else(|| records::whole(receiver, given)) {
                        self.observe(Sink { at, meaning, role }, held);
                    }
                    if let Some(held) = records::privileges(receiver, given) {
                        self.observe(Sink { at, meaning, role: Role::Privilege }, held);
                    }
                }
                // Engines for other languages take no settings from what a page is made of.
                Meaning::RenderTemplate => {
                    let is_script = self.language().is_script();
                    let last = given.iter().skip(1).rfind(|given| given.name.is_none());
                    if let Some(last) = last.filter(|_| is_script) {
                        let held = Held { traces: last.held.traces.clone(), ..Held::default() };
                        self.observe(Sink { at, meaning, role }, held);
                    }
                }
                Meaning::Payment | Meaning::DatabaseRead if described.is_none() => {
                    if let Some(held) = all_arguments(given) {
                        self.observe(Sink { at, meaning, role }, held);
                    }
                }
                Meaning::Redirect if described.is_none() => {
                    // `redirect(status, url)`
                    let last = given.iter().rfind(|given| given.name.is_none());
                    if let Some(last) = last {
                        self.observe(Sink { at, meaning, role }, last.held.clone());
                    }
                }
                _ => {
                    let described = described.unwrap_or("0");
                    let own = receiver.filter(|_| given.is_empty()).cloned();
                    if let Some(held) = argument(described, receiver, given).or(own) {
                        if let Some(code) = held.known_field("$where") {
                            self.observe(Sink { at, meaning, role: Role::Code }, code.clone());
                        }
                        self.observe(Sink { at, meaning, role }, held);
                    }
                }
            }
        }
        for meaning in EFFECTS {
            if call.means(meaning)
                && let Some(held) = all_arguments(given)
            {
                self.observe(Sink { at, meaning, role: Role::Argument }, held);
            }
        }
        if call.means(Meaning::ProcessSpawn) {
            self.observe_process(call, receiver, given);
        }
        self.observe_template(call, given);
        self.observe_limit(call, given);
    }

    /// A program with arguments: a shell among them makes the others a command line.
    fn observe_process(&mut self, call: Call<'_>, receiver: Option<&Held>, given: &[Given]) {
        let at = call.at();
        let option = call.detail(Meaning::ProcessSpawn, "shell").unwrap_or("shell");
        let shell = call.option(option);
        let runs_shell = shell.given().is_some_and(|value| {
            value.boolean() == Some(true)
                || matches!(value.constant().kind(), ExpressionKind::Text(_))
        });
        let described = call.detail(Meaning::ProcessSpawn, "command").unwrap_or("0");
        let Some(program) = argument(described, receiver, given) else { return };
        let first = program.item(Some(0));
        let is_list = matches!(program.parts.as_deref(), Some(super::held::Parts::Items(_)));
        let names = if is_list { first.texts() } else { program.texts() };
        let is_shell = names.unwrap_or_default().iter().any(|name| {
            let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
            matches!(
                last,
                "sh" | "bash" | "zsh" | "dash" | "cmd" | "cmd.exe" | "powershell" | "pwsh"
            )
        });
        if runs_shell || is_shell {
            let mut all = program.flat();
            if is_shell {
                all = all_arguments(given).unwrap_or(all);
            }
            self.observe(Sink { at, meaning: Meaning::ShellCommand, role: Role::Subject }, all);
        } else {
            let program = if is_list { first } else { program };
            self.observe(Sink { at, meaning: Meaning::ProcessSpawn, role: Role::Program }, program);
        }
    }

    /// How many rows a query asks for: `.limit(n)` of a chain, `take` of an object of options.
    fn observe_limit(&mut self, call: Call<'_>, given: &[Given]) {
        let at = call.at();
        let reads = call.means(Meaning::DatabaseRead) || call.means(Meaning::DocumentQuery);
        let held = match (call.name(), given) {
            ("limit" | "take" | "Limit" | "setMaxResults", [only]) if is_query(call) => {
                Some(only.held.clone())
            }
            _ if reads => given.iter().find_map(|given| {
                let named = LIMITS.into_iter().find_map(|name| given.held.known_field(name));
                let own = given.name.as_deref().filter(|name| LIMITS.contains(name));
                named.cloned().or_else(|| own.map(|_| given.held.clone()))
            }),
            _ => None,
        };
        if let Some(held) = held {
            self.observe(Sink { at, meaning: Meaning::DatabaseRead, role: Role::Limit }, held);
        }
    }

    /// Assignments that take effect: `element.innerHTML = x`, `location.href = x`.
    pub(super) fn observe_property(&mut self, target: ExpressionId, name: &str, held: &Held) {
        let meaning = match name {
            "innerHTML" | "outerHTML" | "srcdoc" => Meaning::RawHtml,
            "href" | "location" => {
                let source = self.project.value(In { file: self.file, id: target }).source();
                if !source.contains("location") || !self.language().is_script() {
                    return;
                }
                Meaning::Redirect
            }
            _ => return,
        };
        let at = In { file: self.file, id: target };
        self.observe(Sink { at, meaning, role: Role::Subject }, held.clone());
    }

    /// A frame with a sandbox runs no scripts unless it says so.
    /// <https://html.spec.whatwg.org/multipage/iframe-embed-object.html#attr-iframe-sandbox>
    pub(super) fn is_sandboxed(&self, attributes: &[Entry]) -> bool {
        attributes.iter().any(|attribute| {
            let value = self.project.value(In { file: self.file, id: attribute.value });
            matches!(&attribute.key, EntryKey::Name(name) if name == "sandbox")
                && value.text().is_some_and(|rights| !rights.contains("allow-scripts"))
        })
    }

    /// An attribute of an element: `dangerouslySetInnerHTML`, `v-html`.
    pub(super) fn attribute(&mut self, attribute: &Entry, runs_scripts: bool) {
        let held = self.evaluate(attribute.value);
        let EntryKey::Name(name) = &attribute.key else { return };
        let (html, role) = match name.as_str() {
            "dangerouslySetInnerHTML" => {
                (held.field("__html", self.place(attribute.span)), Role::Subject)
            }
            "srcdoc" | "srcDoc" if !runs_scripts => return,
            "v-html" | "innerHTML" | "srcdoc" | "srcDoc" => (held, Role::Subject),
            "v-text" if self.language().is_template() => (held, Role::Escaped),
            _ => return,
        };
        let at = In { file: self.file, id: attribute.value };
        self.observe(Sink { at, meaning: Meaning::RawHtml, role }, html);
    }

    /// What a handler returns may be a page.
    pub(super) fn observe_answer(&mut self, value: ExpressionId, held: &Held) {
        let at = In { file: self.file, id: self.function };
        let is_view = matches!(self.language(), Language::Python)
            && sources::registers_route(self.project.body(at), &self.facts()[self.function])
            && self.answers_html()
            && !self.project.body(at).decorators().any(serializes);
        if !is_view {
            return;
        }
        // What another function of the project answers is seen there.
        let answered = self.project.value(In { file: self.file, id: value }).as_call();
        if answered.is_some_and(|call| call.callee().is_some() || is_query(call)) {
            return;
        }
        let held = match held.parts.as_deref() {
            Some(super::held::Parts::Items(items)) => items.first().cloned().unwrap_or_default(),
            Some(super::held::Parts::Fields(_)) => return,
            None => held.clone(),
        };
        let at = In { file: self.file, id: value };
        self.observe(Sink { at, meaning: Meaning::RawHtml, role: Role::Answer }, held);
    }

    /// Flask answers a text as HTML; other frameworks as JSON or plain text.
    fn answers_html(&self) -> bool {
        self.facts()
            .imports
            .iter()
            .any(|import| matches!(import.module.as_str(), "flask" | "quart" | "bottle"))
    }
}

/// `@marshal_with(articles)`: rows become JSON after the function returned them.
fn serializes(decorator: Value<'_>) -> bool {
    const WORDS: [&str; 7] =
        ["marshal", "serialize", "serializer", "json", "jsonify", "schema", "output"];
    let name = decorator.as_call().map_or(decorator, Call::callee_value);
    let written = name.source();
    let last = written.rsplit('.').next().unwrap_or(written);
    split_words(last).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Is the method called on something that asks a database?
fn is_query(call: Call<'_>) -> bool {
    const WORDS: [&str; 16] = [
        "find",
        "findAll",
        "findMany",
        "select",
        "query",
        "Query",
        "from",
        "where",
        "Where",
        "filter",
        "filter_by",
        "order_by",
        "orderBy",
        "sort",
        "aggregate",
        "createQuery",
    ];
    let mut value = call.receiver();
    for _ in 0..16 {
        let Some(receiver) = value else { return false };
        let Some(inner) = receiver.unwrapped().as_call() else { return false };
        if inner.means(Meaning::DatabaseRead) || WORDS.contains(&inner.name()) {
            return true;
        }
        value = inner.receiver();
    }
    false
}

/// The argument that a detail describes: positions and names, the first that is given.
pub(super) fn argument(described: &str, receiver: Option<&Held>, given: &[Given]) -> Option<Held> {
    for choice in described.split(',').map(str::trim) {
        if choice == "receiver" {
            return receiver.cloned();
        }
        if choice == "*" {
            return all_arguments(given);
        }
        if let Ok(position) = choice.parse::<usize>() {
            let mut positional = given.iter().filter(|given| given.name.is_none());
            if let Some(found) = positional.nth(position) {
                return Some(found.held.clone());
            }
            continue;
        }
        let named = given.iter().find(|given| given.name.as_deref() == Some(choice));
        if let Some(found) = named {
            return Some(found.held.clone());
        }
        for given in given.iter().filter(|given| given.name.is_none()) {
            if let Some(super::held::Parts::Fields(fields)) = given.held.parts.as_deref()
                && let Some(held) = fields.get(choice)
            {
                return Some(held.clone());
            }
        }
    }
    None
}

fn all_arguments(given: &[Given]) -> Option<Held> {
    let arguments: Vec<&Held> = given.iter().map(|given| &given.held).collect();
    joined_arguments(&arguments)
}

fn joined_arguments(arguments: &[&Held]) -> Option<Held> {
    let (first, others) = arguments.split_first()?;
    let mut all = (*first).clone();
    for held in others {
        all.absorb(held);
        all.is_text |= held.is_text;
    }
    Some(all)
}
