use std::collections::BTreeSet;

use super::common::has_word;
use crate::{
    facts::{Pattern, Role, Runtime, StatementKind, Text, vocabulary::Meaning},
    gap::Severity,
    project::{Body, Call, FileId, FunctionRef, In, Project, Unit, Value, guards::split_words},
    rules::Sites,
};

mod deployed;
mod lists;
mod rows;

/// Names under which an account is known.
const ACCOUNT_KEYS: [&str; 9] = [
    "email",
    "username",
    "user_name",
    "userName",
    "login",
    "role",
    "is_admin",
    "isAdmin",
    "is_superuser",
];

/// Keys of an address that a program connects to: the account is that of another system.
const CONNECTION_KEYS: [&str; 8] =
    ["host", "hostname", "port", "database", "db", "uri", "url", "server"];

/// Files that fill a store with what developers play with.
const SEEDS: [&str; 16] = [
    "seed", "seeds", "seeder", "seeders", "seeding", "demo", "sample", "dummy", "mock", "fake",
    "fixture", "fixtures", "reset", "populate", "test", "setup",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let files =
        project.units().filter(|(file, unit)| may_create(unit) && !has_suite(project, *file));
    let mut known = BTreeSet::new();
    for call in files.flat_map(|(file, _)| project.calls_in(file)) {
        match given_password(call) {
            Some(password) if password.text().is_some_and(|text| !text.is_empty()) => {
                known.insert(password.location());
                of_code(call, password, sites);
            }
            Some(password) if reads_setting(password) => {
                let fact = "the first password comes from outside";
                sites.holds(call.location(), call.name(), fact);
            }
            _ => {}
        }
    }
    lists::collect(project, &known, sites);
    rows::collect(project, sites);
    deployed::collect(project, sites);
}

fn may_create(unit: &Unit) -> bool {
    let file = &unit.file;
    matches!(file.role, Role::Source | Role::Migration | Role::Script)
        && !matches!(file.runtime, Runtime::Browser | Runtime::Notebook)
        && !file.name().contains(".example.")
}

/// Does it define what tests are built on, wherever it lies?
fn has_suite(project: &Project, file: FileId) -> bool {
    let is_suite = |base: Text| project.vocabulary().has(&base, Meaning::TestSuite);
    let mut classes = project.facts(file).classes();
    classes.any(|(id, _)| project.class(In { file, id }).base_paths().any(is_suite))
}

fn of_code(call: Call<'_>, password: Value<'_>, sites: &mut Sites) {
    let name = account_name(call);
    let who = name.map_or_else(|| "an account".to_owned(), |name| format!("the account `{name}`"));
    let message = format!("{who} is created with a password that stands in the code");
    let subject = name.unwrap_or("account");
    let start = start_of(call.function());
    let severity = match (call.source_file().role, start) {
        _ if is_for_development(call.value()) => Severity::Low,
        (Role::Source, Some(_)) => Severity::Critical,
        _ if is_seed(call) => Severity::Medium,
        (Role::Script, _) => Severity::Medium,
        _ => Severity::High,
    };
    // Accounts that are created side by side are one decision.
    let function = call.function();
    let root = format!("{} {}", call.source_file().path, function.function().span.start);
    let site = sites.gap(password.location(), subject, message).severity(severity);
    let site = site.identity(subject).root(root);
    if let Some(start) = start.filter(|_| severity == Severity::Critical) {
        site.because(call.project.body(start).location(), "it runs whenever the program starts");
    }
}

/// The password that a new account gets by this call, however it is written.
fn given_password(call: Call<'_>) -> Option<Value<'_>> {
    if makes_account(call) {
        return call.named("password").or_else(|| call.argument(2)).map(plain);
    }
    // The name of an encoder is no password.
    let chooses = call.detail(Meaning::HashPassword, "chooses").is_some();
    if call.means(Meaning::HashPassword) && !chooses || is_own_hash(call) {
        return call
            .argument(0)
            .map(plain)
            .filter(|_| !is_dummy(call) && stores(call) && !signs_in(call));
    }
    if is_builder(call) {
        return call.argument(0).map(plain);
    }
    let object = call.positional().find_map(|given| in_object(given, call));
    object.or_else(|| constructed(call)).or_else(|| handed_on(call))
}

/// `User(username="admin", password="admin")`, `new User({ username: "admin", password: "admin" })`
fn constructed(call: Call<'_>) -> Option<Value<'_>> {
    const PERSON: [&str; 5] = ["user", "admin", "account", "member", "employee"];
    let has_account = || ACCOUNT_KEYS.iter().any(|key| call.option(key).given().is_some());
    let constructs = call.name().starts_with(char::is_uppercase) && has_word(call.name(), &PERSON);
    let password = call.option("password").given().filter(|_| constructs)?;
    has_account().then(|| plain(password))
}

/// `register("admin", "secret")`: what a function of this project takes for a password and stores.
fn handed_on(call: Call<'_>) -> Option<Value<'_>> {
    const MAKING: [&str; 8] =
        ["register", "create", "add", "insert", "seed", "signup", "make", "ensure"];
    let callee = call.callee().filter(|_| has_word(call.name(), &MAKING))?;
    let taken = |wanted: &[&str]| {
        let mut parameters = callee.function().parameters.iter();
        parameters
            .position(|parameter| parameter.name().is_some_and(|name| wanted.contains(&&**name)))
    };
    let password = call.passed(callee, taken(&["password", "passwd", "pwd", "passwort"])?)?;
    taken(&ACCOUNT_KEYS)?;
    let stores = |meaning| matches!(meaning, Meaning::DatabaseWrite | Meaning::HashPassword);
    call.project.reaches(callee.at, stores).then(|| plain(password))
}

/// `create_superuser("admin", "a@example.com", "admin")`
fn makes_account(call: Call<'_>) -> bool {
    matches!(call.name(), "create_superuser" | "create_user" | "createsuperuser")
}

/// The password among the fields of a new record, or of one of several.
fn in_object<'p>(given: Value<'p>, call: Call<'p>) -> Option<Value<'p>> {
    if !call.means(Meaning::DatabaseWrite) || call.means(Meaning::DatabaseRead) {
        return None;
    }
    let whole = given.constant();
    let data = whole.entry("data").given().map_or(whole, Value::constant);
    let records = data.items().unwrap_or_else(|| vec![data]);
    records.into_iter().find_map(|record| {
        let has = |key: &&str| record.entry(key).given().is_some();
        let is_connection = CONNECTION_KEYS.iter().any(&has);
        let is_account = ACCOUNT_KEYS.iter().any(has) && !is_connection;
        password_in(record).filter(|_| is_account)
    })
}

/// What lets people in by this record: the first that stands there, else the first.
fn password_in(record: Value<'_>) -> Option<Value<'_>> {
    let keys = ["password", "passwd", "pin", "passcode"];
    let given: Vec<Value<'_>> =
        keys.iter().filter_map(|key| record.entry(key).given().map(plain)).collect();
    given.iter().find(|value| value.text().is_some()).or(given.first()).copied()
}

/// Spring's accounts in memory: `User.withUsername("admin").password("admin")`.
fn is_builder(call: Call<'_>) -> bool {
    call.name() == "password"
        && call.receiver().is_some_and(|receiver| {
            let written = receiver.source();
            ["withUsername", "withDefaultPasswordEncoder", "withUser(", "User.builder"]
                .iter()
                .any(|start| written.contains(start))
        })
}

/// A function of the project that hashes: `get_password_hash("admin")`.
fn is_own_hash(call: Call<'_>) -> bool {
    let names_hash = has_word(call.name(), &["hash", "hashed", "encode", "encrypt", "crypt"])
        && has_word(call.name(), &["password", "pwd", "pass"]);
    names_hash
        && call.callee().is_some_and(|callee| {
            callee.calls_within().any(|inner| inner.means(Meaning::HashPassword))
        })
}

/// Without `b"…"`, `[]byte("…")`, `"…".encode()`, `"…".getBytes()`.
fn plain(value: Value<'_>) -> Value<'_> {
    let value = value.unwrapped();
    let Some(call) = value.as_call() else { return value };
    match call.name() {
        "encode" | "getBytes" | "as_bytes" | "to_string" | "into" | "to_owned" => {
            call.receiver().filter(|_| call.arguments().len() < 2).unwrap_or(value)
        }
        _ => value,
    }
}

fn reads_setting(value: Value<'_>) -> bool {
    value.descendants().into_iter().any(|part| {
        part.as_call().is_some_and(|call| call.means(Meaning::ReadEnvironment))
            || part.path().starts_with("process.env")
            || part.path().starts_with("os.environ")
    })
}

/// A hash that is only made so that a sign-in takes as long for people who do not exist.
fn is_dummy(call: Call<'_>) -> bool {
    let Some(statement) = call.value().statement() else { return false };
    let facts = call.project.facts(statement.file);
    match &facts[statement.id].kind {
        StatementKind::Bind { target: Pattern::Name(name), .. } => {
            has_word(name, &["dummy", "fake", "timing", "placeholder", "sentinel"])
        }
        _ => false,
    }
}

fn signs_in(call: Call<'_>) -> bool {
    call.function().calls_within().any(|other| other.means(Meaning::ComparePassword))
}

/// Does the hash end up in a store: is a record written, or made, where it is hashed?
fn stores(call: Call<'_>) -> bool {
    let is_part_of_record = call.enclosing_calls().any(|outer| {
        outer.means(Meaning::DatabaseWrite) || outer.name().starts_with(char::is_uppercase)
    });
    is_part_of_record
        || call.project.reaches(call.function().at, |meaning| meaning == Meaning::DatabaseWrite)
}

/// The name or address of the account, where it stands beside the password.
fn account_name(call: Call<'_>) -> Option<&str> {
    let first = call.argument(0).filter(|_| makes_account(call)).and_then(Value::text);
    first.or_else(|| name_beside(call)).or_else(|| call.enclosing_calls().find_map(name_beside))
}

fn name_beside(call: Call<'_>) -> Option<&str> {
    let data = call.option("data").given();
    ["username", "email", "login"].into_iter().find_map(|key| {
        let of_data = || data.and_then(|data| data.entry(key).given());
        call.option(key).given().or_else(of_data)?.text()
    })
}

fn is_seed(call: Call<'_>) -> bool {
    let file = call.source_file();
    let stem = file.name().split('.').next().unwrap_or_default();
    has_word(stem, &SEEDS)
        || file.folder().split('/').any(|folder| SEEDS.contains(&folder))
        || has_word(&call.function().function().name, &SEEDS)
}

/// Does it only run on the machine of a developer?
fn is_for_development(value: Value<'_>) -> bool {
    let Some(statement) = value.statement() else { return false };
    let unit = value.project.unit(statement.file);
    unit.index.enclosing(statement.id).any(|(outer, _)| match unit.facts[outer].kind {
        StatementKind::If { test, .. } => {
            let words = split_words(value.sibling(test).source());
            words.iter().any(|word| {
                matches!(word.as_str(), "development" | "dev" | "debug" | "test" | "testing")
            })
        }
        _ => false,
    })
}

/// Functions that a framework or the language runs when the program starts.
const STARTS: [&str; 9] = [
    "main",
    "init",
    "lifespan",
    "ready",
    "startup",
    "on_startup",
    "startup_event",
    "onModuleInit",
    "onApplicationBootstrap",
];

/// The start of the program that leads to `body`, if one does.
fn start_of(body: Body<'_>) -> Option<FunctionRef> {
    const CALLS_MAX: usize = 4;
    let project = body.project;
    let mut seen = vec![body.at];
    let mut frontier = vec![body.at];
    for _ in 0..=CALLS_MAX {
        let mut next = Vec::new();
        for at in frontier {
            let function = project.body(at);
            if is_start(function) {
                return Some(at);
            }
            let parent = function.function().parent.filter(|_| function.function().name.is_empty());
            let parent = parent.map(|id| In { file: at.file, id });
            let callers = project.callers(at).map(|call| call.function().at);
            for caller in callers.chain(parent) {
                if !seen.contains(&caller) {
                    seen.push(caller);
                    next.push(caller);
                }
            }
        }
        frontier = next;
    }
    None
}

fn is_start(body: Body<'_>) -> bool {
    let file = &body.unit().file;
    let stem = file.name().split('.').next().unwrap_or_default();
    // A file that only fills a store is run by hand.
    if !file.is_shipped() || has_word(stem, &SEEDS) {
        return false;
    }
    let function = body.function();
    let by_decorator = || {
        body.decorators().any(|decorator| {
            let written = decorator.source();
            written.contains("startup") || written.contains("PostConstruct")
        })
    };
    let runs_at_start = |name: &str| STARTS.contains(&name);
    body.is_top_level() && serves(body)
        || runs_at_start(&function.name)
        || by_decorator()
        || body.class().is_some_and(|class| {
            let bases: Vec<_> = class.base_paths().collect();
            function.name == "run"
                && bases.iter().any(|base| {
                    base.ends_with("CommandLineRunner") || base.ends_with("ApplicationRunner")
                })
        })
}

/// Does the file set up a program that answers requests, and not only do one thing?
fn serves(body: Body<'_>) -> bool {
    body.project
        .calls_in(body.at.file)
        .any(|call| call.means(Meaning::WebApplication) || call.means(Meaning::RegisterRoute))
}
