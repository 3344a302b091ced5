//! nginx as the proxy before an application.
//!
//! <https://nginx.org/en/docs/http/ngx_http_auth_request_module.html>,
//! <https://nginx.org/en/docs/http/ngx_http_core_module.html#location>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, compose, is_deployed, pattern::Pattern,
    traefik::host_of,
};
use crate::{
    facts::{Span, Text},
    project::{FileId, Project},
};

/// Deeper nesting is no configuration.
const DEPTH_MAX: usize = 16;

/// `name argument …;` or `name argument … { … }`
#[derive(Debug, Default)]
struct Directive {
    words: Vec<String>,
    inner: Vec<Self>,
    span: Span,
}

impl Directive {
    fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    fn argument(&self, position: usize) -> &str {
        self.words.get(position).map_or("", String::as_str)
    }

    fn all<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d Self> {
        self.inner.iter().filter(move |directive| directive.name() == name)
    }

    fn first(&self, name: &str) -> Option<&Self> {
        self.inner.iter().find(|directive| directive.name() == name)
    }
}

pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    for (file, unit) in project.units() {
        let name = unit.file.name();
        let is_ours = name.ends_with(".conf") || name.ends_with(".conf.template");
        if !is_ours || !is_deployed(&unit.file) || !unit.file.text.contains("proxy_pass") {
            continue;
        }
        let root = parse(&unit.file.text);
        let servers = root.all("http").chain([&root]).flat_map(|block| block.all("server"));
        for server in servers {
            let locations = server.all("location").filter(|location| {
                !location.argument(1).starts_with('@') && location.first("internal").is_none()
            });
            for location in locations {
                let reader = Reader { project, file, root: &root, server };
                exposures.extend(reader.exposure(location));
            }
        }
    }
}

struct Reader<'r> {
    project: &'r Project,
    file: FileId,
    root: &'r Directive,
    server: &'r Directive,
}

impl Reader<'_> {
    /// What a location exposes that hands its requests on.
    fn exposure(&self, location: &Directive) -> Option<Exposure> {
        let passed = location.first("proxy_pass")?.argument(1);
        let host = self.upstream(passed)?;
        let target = compose::target_of(self.project, host);
        let path = location.words.last().map_or("", String::as_str);
        let pattern = match location.argument(1) {
            "=" => Some(Pattern::exactly(path)),
            "~" | "~*" => Pattern::written(path),
            _ => Some(Pattern::below(path)),
        };
        // An address with a path of its own takes the place of what was matched.
        let own = passed.split("://").nth(1).and_then(|rest| rest.split_once('/'));
        let is_rewritten =
            own.is_some_and(|(_, own)| own.trim_end_matches('/') != path.trim_matches('/'));
        let asks = if pattern.is_some() { self.asked(location, host) } else { Asks::Unclear };
        let server = self.server.first("server_name").map_or("", |names| names.argument(1));
        let exposure = Exposure::new(
            format!("nginx location `{path}`"),
            self.project.location(self.file, location.span),
            target,
            Layer::Machine(format!("nginx {server}").into()),
            asks,
        );
        Some(exposure.below(pattern.filter(|_| !is_rewritten).unwrap_or_else(Pattern::all)))
    }

    /// The host that an address leads to, through a group of servers if it names one.
    fn upstream<'u>(&'u self, passed: &'u str) -> Option<&'u str> {
        let host = host_of(passed).filter(|host| !host.starts_with('$'))?;
        let mut groups =
            self.root.all("http").chain([self.root]).flat_map(|block| block.all("upstream"));
        let group = groups.find(|group| group.argument(1) == host);
        let server = group.and_then(|group| group.first("server"));
        Some(server.map_or(host, |server| server.argument(1).split(':').next().unwrap_or(host)))
    }

    fn asked(&self, location: &Directive, host: &str) -> Asks {
        let setting = |name: &str| location.first(name).or_else(|| self.server.first(name));
        let is_on = |name: &&str| setting(name).is_some_and(|found| found.argument(1) != "off");
        let by = ["auth_request", "auth_basic", "auth_jwt"].iter().copied().find(is_on);
        let by = by.or_else(|| {
            let verified = setting("ssl_verify_client").filter(|found| found.argument(1) == "on");
            verified.map(|_| "ssl_verify_client")
        });
        let Some(by) = by else { return Asks::Nobody };
        if by == "auth_request" && self.goes_on(location) {
            return Asks::Nobody;
        }
        let is_any = setting("satisfy").is_some_and(|found| found.argument(1) == "any");
        let is_beside = matches!(host, "localhost" | "127");
        let credit = if is_any || is_beside { PARTIAL } else { ENFORCED };
        Asks::Caller { by: by.into(), credit }
    }

    /// `error_page 401 = @stranger` where that location answers all the same.
    fn goes_on(&self, location: &Directive) -> bool {
        let pages = location.all("error_page").chain(self.server.all("error_page"));
        let refused = pages.filter(|page| page.words.iter().any(|word| word == "401"));
        let targets: Vec<Text> =
            refused.filter_map(|page| page.words.last()).map(|word| word.as_str().into()).collect();
        self.server.all("location").any(|other| {
            let is_target = targets.iter().any(|target| *target == other.argument(1));
            is_target && other.argument(1).starts_with('@') && other.first("proxy_pass").is_some()
        })
    }
}

/// The directives of a file, below one without a name. What does not fit is passed over.
fn parse(text: &str) -> Directive {
    let mut stack = vec![Directive::default()];
    let mut words: Vec<String> = Vec::new();
    let mut start = 0;
    for (at, token) in (Tokens { text, at: 0 }) {
        match token {
            "{" if stack.len() < DEPTH_MAX => {
                let words = std::mem::take(&mut words);
                stack.push(Directive { words, span: span(start, at), inner: Vec::new() });
            }
            ";" => {
                let words = std::mem::take(&mut words);
                if let Some(block) = stack.last_mut() {
                    block.inner.push(Directive { words, span: span(start, at), inner: Vec::new() });
                }
            }
            "}" => {
                words.clear();
                close(&mut stack);
            }
            word => {
                if words.is_empty() {
                    start = at;
                }
                words.push(word.trim_matches(['"', '\'']).to_owned());
            }
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.pop().unwrap_or_default()
}

fn close(stack: &mut Vec<Directive>) {
    if stack.len() > 1
        && let Some(block) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.inner.push(block);
    }
}

/// Words, quoted or not, and the signs that end them, each with its place; comments are left out.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            let rest = rest.trim_start();
            let start = self.text.len() - rest.len();
            let length = match rest.chars().next()? {
                '#' => {
                    self.at = start + rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                '{' | '}' | ';' => 1,
                quote @ ('"' | '\'') => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
                _ => word_length(rest),
            };
            self.at = start + length;
            return Some((start, &rest[..length]));
        }
    }
}

/// A word ends at a blank or at a sign; `${name}` and the braces of an expression `\d{3}` belong to it.
fn word_length(rest: &str) -> usize {
    let mut open = 0_usize;
    let mut before = ' ';
    for (at, character) in rest.char_indices() {
        match character {
            '{' if before == '$' || open > 0 || before == 'd' || before == ']' || before == ')' => {
                open += 1
            }
            '}' if open > 0 => open -= 1,
            '{' | '}' | ';' => return at,
            _ if character.is_whitespace() => return at,
            _ => {}
        }
        before = character;
    }
    rest.len()
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_words_and_comments() {
        let root = parse(
            "# why; not {\nserver {\n  listen 80;\n  location ~ \"^/a{2}\" { return 200 'x;y'; }\n  \
             set $a ${b}c;\n}\n",
        );
        let server = root.first("server").expect("a server");
        assert_eq!(server.first("listen").map(|listen| listen.argument(1)), Some("80"));
        let location = server.first("location").expect("a location");
        assert_eq!(location.words, ["location", "~", "^/a{2}"]);
        assert_eq!(location.inner[0].words, ["return", "200", "x;y"]);
        assert_eq!(server.first("set").map(|set| set.argument(2)), Some("${b}c"));
    }

    #[test]
    fn broken_files_give_what_can_be_read() {
        assert_eq!(parse("server { location / { proxy_pass http://a").inner.len(), 1);
        assert_eq!(parse("}}} ; { \"").inner.len(), 2);
    }
}
