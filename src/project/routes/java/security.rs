//! Spring Security: the filter chains of an application, each an ordered table of path patterns and who
//! may pass.

mod matcher;

use std::collections::BTreeSet;

use matcher::Matcher;

use super::{
    annotations::{Annotation, annotations},
    is_read,
};
use crate::{
    facts::Text,
    project::{
        Body, Call, ExpressionRef, FileId, Location, Project, Value,
        guards::{Assessment, Grade},
        manifests::Ecosystem,
        modules::is_below,
    },
};

/// The types that a filter chain is built on.
const BUILDERS: [&str; 2] = ["HttpSecurity", "ServerHttpSecurity"];

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Everybody,
    Known,
    Role,
    Nobody,
}

struct Row {
    matcher: Matcher,
    rule: Rule,
    at: Location,
}

/// One chain of filters.
pub(super) struct Chain {
    file: FileId,
    order: i64,
    scope: Option<Matcher>,
    rows: Vec<Row>,
    /// Filters of this project that it runs before everything.
    pub(super) filters: Vec<ExpressionRef>,
    at: Location,
}

/// What is said of a request.
pub(super) struct Judgement<'s> {
    /// The chain that it passes.
    pub(super) chain: Option<&'s Chain>,
    pub(super) says: Says,
}

pub(super) enum Says {
    Nothing,
    Assessed(Assessment),
    /// It hangs on a path or a pattern that is not written here: why, and where.
    Unclear(String, Location),
}

impl Says {
    fn unclear(at: Location) -> Self {
        let why = "whether the filter chain lets everybody pass hangs on what is set elsewhere";
        Self::Unclear(why.to_owned(), at)
    }
}

/// All that is said about security in a project.
pub(super) struct Security {
    chains: Vec<Chain>,
    ignored: Vec<(Matcher, Location)>,
    /// The folders of packages that have controllers.
    serving: BTreeSet<Text>,
    /// Annotations of methods are looked at: those of Spring, `@Secured`, and the standard's.
    pub(super) methods: Switches,
}

#[derive(Default)]
pub(super) struct Switches {
    pub(super) expressions: bool,
    pub(super) secured: bool,
    pub(super) standard: bool,
}

impl Security {
    pub(super) fn read(project: &Project) -> Self {
        let mut security = Self {
            chains: Vec::new(),
            ignored: Vec::new(),
            serving: super::serving_folders(project),
            methods: Switches::default(),
        };
        for body in project.functions().filter(|body| is_read(project, body.at.file)) {
            let builds = body.function().plain_parameters().any(|parameter| {
                parameter.annotation.is_some_and(|id| {
                    BUILDERS.contains(&body.unit().facts.last_segment(id).unwrap_or_default())
                })
            });
            let is_configuration = body.function().name == "configure"
                || annotations(body.decorators()).any(|annotation| annotation.name == "Bean");
            if builds && is_configuration && !is_for_development(body) {
                security.chains.push(Chain::read(body));
            }
            if body.class().is_some() {
                security.ignored.extend(ignored(body));
            }
        }
        security.chains.sort_by_key(|chain| chain.order);
        for (file, unit) in project.units().filter(|(file, _)| is_read(project, *file)) {
            for (id, _) in unit.facts.classes() {
                let class = project.class(crate::project::In { file, id });
                let decorators = class.class().decorators.iter();
                let values = decorators.map(|&id| project.value(crate::project::In { file, id }));
                for annotation in annotations(values) {
                    security.methods.read(&annotation);
                }
            }
        }
        security
    }

    /// The chain that a route passes, and what it says of it.
    pub(super) fn judge(
        &self,
        project: &Project,
        file: FileId,
        method: &str,
        path: &str,
    ) -> Judgement<'_> {
        let nothing = |says: Says| Judgement { chain: None, says };
        let ignored = self.ignored.iter().map(|(matcher, _)| matcher.covers(method, path));
        let ignored: Vec<Option<bool>> = ignored.collect();
        if ignored.contains(&Some(true)) {
            return nothing(Says::Nothing);
        }
        if let Some(number) = ignored.iter().position(Option::is_none) {
            return nothing(Says::unclear(self.ignored[number].1));
        }
        let chains = self.chains_for(project, file);
        if chains.is_empty() {
            let default = has_security(project, file).then(|| Assessment {
                grade: Some(Grade::G3),
                why: "Spring Security without a filter chain of its own refuses strangers"
                    .to_owned(),
                decided_at: None,
                role: false,
                weakness: None,
            });
            return nothing(default.map_or(Says::Nothing, Says::Assessed));
        }
        for chain in chains {
            match chain.scope.as_ref().map_or(Some(true), |scope| scope.covers(method, path)) {
                Some(false) => {}
                Some(true) => {
                    return Judgement { chain: Some(chain), says: chain.says(method, path) };
                }
                None => return nothing(Says::unclear(chain.at)),
            }
        }
        nothing(Says::Nothing)
    }

    /// The chains of the package that a file belongs to; where it has none, those of packages that serve
    /// nothing themselves and are there to be shared.
    fn chains_for(&self, project: &Project, file: FileId) -> Vec<&Chain> {
        let home = package_folder(project, file);
        let own: Vec<&Chain> = self
            .chains
            .iter()
            .filter(|chain| package_folder(project, chain.file) == home)
            .collect();
        if !own.is_empty() {
            return own;
        }
        let serves = |chain: &&Chain| self.serving.contains(&package_folder(project, chain.file));
        self.chains.iter().filter(|chain| !serves(chain)).collect()
    }
}

impl Switches {
    fn read(&mut self, annotation: &Annotation<'_>) {
        let on = |option: &str, default: bool| {
            let given = annotation.call.and_then(|call| call.named(option));
            given.and_then(Value::boolean).unwrap_or(default)
        };
        match annotation.name {
            "EnableMethodSecurity" | "EnableReactiveMethodSecurity" => {
                self.expressions |= on("prePostEnabled", true);
                self.secured |= on("securedEnabled", false);
                self.standard |= on("jsr250Enabled", false);
            }
            "EnableGlobalMethodSecurity" => {
                self.expressions |= on("prePostEnabled", false);
                self.secured |= on("securedEnabled", false);
                self.standard |= on("jsr250Enabled", false);
            }
            _ => {}
        }
    }
}

impl Chain {
    /// What its rows say of a request: the first that covers it decides.
    fn says(&self, method: &str, path: &str) -> Says {
        if self.rows.is_empty() {
            return Says::Nothing;
        }
        let mut perhaps: Vec<&Row> = Vec::new();
        let mut decides = None;
        for row in &self.rows {
            match row.matcher.covers(method, path) {
                Some(true) => {
                    decides = Some(row);
                    break;
                }
                Some(false) => {}
                None => perhaps.push(row),
            }
        }
        let rule = decides.map_or(Rule::Nobody, |row| row.rule);
        let is_open = |rule: Rule| rule == Rule::Everybody;
        if let Some(other) = perhaps.into_iter().find(|row| is_open(row.rule) != is_open(rule)) {
            return Says::unclear(other.at);
        }
        let (grade, why) = match rule {
            Rule::Everybody => (Grade::G0, "the filter chain lets everybody pass here"),
            Rule::Known => (Grade::G3, "the filter chain refuses callers it does not know"),
            Rule::Role => (Grade::G3, "the filter chain refuses callers without the role"),
            Rule::Nobody => (Grade::G3, "the filter chain refuses everybody here"),
        };
        Says::Assessed(Assessment {
            grade: Some(grade),
            why: why.to_owned(),
            decided_at: Some(decides.map_or(self.at, |row| row.at)),
            role: rule == Rule::Role,
            weakness: None,
        })
    }

    fn read(body: Body<'_>) -> Self {
        let mut chain = Self {
            file: body.at.file,
            order: order(body),
            scope: None,
            rows: Vec::new(),
            filters: Vec::new(),
            at: body.location(),
        };
        let mut calls: Vec<Call<'_>> = body.calls_within().collect();
        calls.sort_by_key(|call| call.callee_value().location().span.end);
        let mut pending: Option<Matcher> = None;
        let mut scoping = false;
        for call in calls {
            match call.name() {
                "securityMatcher" | "antMatcher" | "mvcMatcher"
                    if call.receiver().is_some_and(is_builder) =>
                {
                    chain.scope = Some(Matcher::of(call));
                }
                // `http.requestMatchers().antMatchers("/api/**").and()`.
                "requestMatchers" | "securityMatchers"
                    if call.receiver().is_some_and(is_builder) =>
                {
                    scoping = true;
                }
                "and" => scoping = false,
                "authorizeRequests" | "authorizeHttpRequests" | "authorizeExchange" => {
                    scoping = false;
                }
                "antMatchers" | "requestMatchers" | "mvcMatchers" | "regexMatchers"
                | "pathMatchers" => {
                    let found = Matcher::of(call);
                    if scoping { chain.scope = Some(found) } else { pending = Some(found) }
                }
                "anyRequest" | "anyExchange" => pending = Some(Matcher::default()),
                "dispatcherTypeMatchers" => {
                    pending = Some(Matcher::none());
                }
                "addFilterBefore" | "addFilterAfter" | "addFilterAt" | "addFilter" => {
                    chain.filters.extend(call.argument(0).map(|filter| filter.at));
                }
                name => {
                    if let Some(rule) = rule(name, call)
                        && let Some(matcher) = pending.take()
                    {
                        chain.rows.push(Row { matcher, rule, at: call.location_of_name() });
                    }
                }
            }
        }
        chain
    }
}

fn rule(name: &str, call: Call<'_>) -> Option<Rule> {
    match name {
        "permitAll" | "anonymous" => Some(Rule::Everybody),
        "authenticated" | "fullyAuthenticated" | "rememberMe" => Some(Rule::Known),
        "hasRole" | "hasAnyRole" | "hasAuthority" | "hasAnyAuthority" | "hasIpAddress" => {
            Some(Rule::Role)
        }
        "denyAll" => Some(Rule::Nobody),
        "access" => {
            let written = call.argument(0).map(Value::source).unwrap_or_default();
            let open = written.contains("permitAll") || written.contains("isAnonymous");
            Some(if open { Rule::Everybody } else { Rule::Known })
        }
        _ => None,
    }
}

/// Is this the builder itself, and no part of it?
fn is_builder(value: Value<'_>) -> bool {
    let path = value.path();
    BUILDERS.iter().any(|builder| {
        path.strip_suffix("()").is_some_and(|path| path.rsplit('.').next() == Some(*builder))
    }) || matches!(value.source(), "http" | "security")
}

/// What `web.ignoring()` takes out of all chains.
fn ignored(body: Body<'_>) -> Vec<(Matcher, Location)> {
    let mut found = Vec::new();
    for call in body.calls_within() {
        let is_matcher = matches!(call.name(), "antMatchers" | "requestMatchers" | "mvcMatchers");
        let mut receiver = call.receiver().filter(|_| is_matcher);
        while let Some(before) = receiver.and_then(Value::as_call) {
            if before.name() == "ignoring" {
                found.push((Matcher::of(call), call.location()));
                break;
            }
            receiver = before.receiver();
        }
    }
    found
}

/// `@Order(1)` on the chain or its class; what has none comes last.
fn order(body: Body<'_>) -> i64 {
    let of_class = body.class().map(|class| super::class_annotations(class)).unwrap_or_default();
    let mut all = annotations(body.decorators()).chain(of_class);
    let number = all
        .find(|annotation| annotation.name == "Order")
        .and_then(|annotation| annotation.first("value").and_then(Value::number));
    // Orders are small whole numbers.
    #[expect(clippy::cast_possible_truncation, reason = "an order is a small whole number")]
    number.map_or(i64::MAX, |number| number as i64)
}

/// `@Profile("dev")`: not what runs in production.
fn is_for_development(body: Body<'_>) -> bool {
    let of_class = body.class().map(|class| super::class_annotations(class)).unwrap_or_default();
    annotations(body.decorators()).chain(of_class).any(|annotation| {
        annotation.name == "Profile"
            && annotation
                .texts("value")
                .iter()
                .any(|profile| matches!(profile.as_str(), "dev" | "local" | "test" | "development"))
    })
}

/// The folder of the Java package that a file belongs to.
pub(super) fn package_folder(project: &Project, file: FileId) -> Text {
    let path = &project.file(file).path;
    let packages = [Ecosystem::Maven, Ecosystem::Gradle]
        .into_iter()
        .filter_map(|ecosystem| project.manifests().package_of(path, ecosystem));
    let nearest = packages.max_by_key(|package| package.folder.len());
    nearest.map(|package| Text::from(package.folder.as_str())).unwrap_or_default()
}

/// Does the package depend on Spring Security?
fn has_security(project: &Project, file: FileId) -> bool {
    let path = &project.file(file).path;
    let depends = |name: &str| {
        let name = name.rsplit(':').next().unwrap_or(name);
        matches!(
            name,
            "spring-boot-starter-security"
                | "spring-boot-starter-oauth2-resource-server"
                | "spring-security-web"
                | "spring-security-config"
        )
    };
    project
        .manifests()
        .packages
        .iter()
        .filter(|package| is_below(path, &package.folder))
        .any(|package| package.dependencies.iter().any(|dependency| depends(&dependency.name)))
}
