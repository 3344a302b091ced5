//! What shell commands fetch and run.

/// Interpreters that run what they read.
const INTERPRETERS: [&str; 10] =
    ["sh", "bash", "zsh", "dash", "ash", "ksh", "python", "python3", "node", "perl"];

/// Programs that fetch from an address.
const FETCHERS: [&str; 4] = ["curl", "wget", "irm", "iwr"];

/// Commands that compare a download with what it has to be.
const CHECKS: [&str; 10] = [
    "sha256sum -c",
    "sha256sum --check",
    "sha512sum -c",
    "sha512sum --check",
    "shasum -a 256 -c",
    "shasum -c",
    "gpg --verify",
    "gpg --batch --verify",
    "cosign verify",
    "minisign -V",
];

/// Installers that their makers publish for this use: an accident there would be noticed at once.
const KNOWN: [&str; 18] = [
    "sh.rustup.rs",
    "astral.sh/",
    "deb.nodesource.com/",
    "rpm.nodesource.com/",
    "install.python-poetry.org",
    "get.docker.com",
    "bun.sh/install",
    "bun.com/install",
    "deno.land/install",
    "get.pnpm.io",
    "raw.githubusercontent.com/nvm-sh/nvm/v",
    "raw.githubusercontent.com/helm/helm",
    "raw.githubusercontent.com/Homebrew/install",
    "fly.io/install",
    "cli.github.com",
    "ollama.com/install",
    "bootstrap.pypa.io",
    "get.k3s.io",
];

/// What one command does with what it fetches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is run after a check.
    Verified,
    Runs {
        /// The address as written; empty if it is made elsewhere.
        source: String,
        is_known: bool,
    },
    /// A package from a repository, without a version.
    Branch { source: String },
    /// A list of packages that is read without encryption.
    PlainIndex { source: String },
}

/// What is wrong with `command`; none where it runs nothing from elsewhere.
pub(super) fn fault_of(command: &str) -> Option<Fault> {
    let found = clauses(command).find_map(fetched_and_run).or_else(|| saved_and_run(command));
    if let Some(source) = found {
        let is_checked = CHECKS.iter().any(|check| command.contains(check));
        if is_checked || names_a_commit(&source) {
            return Some(Fault::Verified);
        }
        if ["localhost", "127.0.0.1", "file://"].iter().any(|own| source.contains(own)) {
            return None;
        }
        // A release is named, though its owner may still exchange it.
        let is_known = KNOWN.iter().any(|known| source.contains(known))
            || source.contains("/releases/download/v");
        return Some(Fault::Runs { source, is_known });
    }
    clauses(command).find_map(installed)
}

fn clauses(command: &str) -> impl Iterator<Item = &str> {
    let parts = command.split(['\n', ';']).flat_map(|line| line.split("&&"));
    parts.flat_map(|part| part.split("||")).map(str::trim).filter(|clause| {
        !["#", "echo ", "printf ", "//"].iter().any(|start| clause.starts_with(start))
    })
}

/// `curl … | sh`, `sh <(curl …)`, `eval "$(curl …)"`: the address, or nothing where it is no literal.
fn fetched_and_run(clause: &str) -> Option<String> {
    let mut segments = clause.split('|');
    let first = segments.find(|segment| words(segment).any(is_fetcher))?;
    if segments.any(runs_its_input) || is_substituted(clause) {
        return Some(address_in(first));
    }
    None
}

fn is_fetcher(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '$', '<', '`', '"']);
    FETCHERS.contains(&word.rsplit('/').next().unwrap_or(word))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// `sudo -E bash -`, but not `python3 -c …` or `python3 -m json.tool`, which read data.
fn runs_its_input(segment: &str) -> bool {
    let mut words = words(segment).skip_while(|word| {
        matches!(*word, "sudo" | "env" | "exec" | "command")
            || word.starts_with('-')
            || word.contains('=')
    });
    let Some(program) = words.next() else { return false };
    let program = program.trim_end_matches([')', '"', '\'', '`']);
    let reads_data = words.next().is_some_and(|option| {
        matches!(option, "-c" | "-m" | "-e" | "-p" | "-n" | "-ne" | "-pe" | "-lne" | "-0pe" | "-E")
            || option.starts_with(|first: char| first == '\'' || first.is_alphanumeric())
    });
    INTERPRETERS.contains(&program.rsplit('/').next().unwrap_or(program)) && !reads_data
        || matches!(program, "iex" | "Invoke-Expression")
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"`, `iex (irm …)`.
fn is_substituted(clause: &str) -> bool {
    let Some(at) = ["<(", "$(", "`", "iex ("].iter().find_map(|open| clause.find(open)) else {
        return false;
    };
    let (before, inside) = clause.split_at(at);
    let fetches = inside
        .trim_start_matches("iex ")
        .trim_start_matches(['<', '$', '(', '`', '"'])
        .split_whitespace()
        .next()
        .is_some_and(is_fetcher);
    let mut before =
        words(before).map(|word| word.trim_matches('"')).filter(|word| *word != "sudo");
    let program = before.next().unwrap_or_default();
    let is_run = INTERPRETERS.contains(&program.rsplit('/').next().unwrap_or(program))
        || matches!(program, "eval" | "source" | ".")
        || inside.starts_with("iex");
    fetches && is_run
}

/// `curl -o x.sh …` and later `bash x.sh`.
fn saved_and_run(command: &str) -> Option<String> {
    let mut saved: Vec<(&str, String)> = Vec::new();
    for clause in clauses(command) {
        let first = words(clause).find(|word| *word != "sudo").unwrap_or_default();
        if is_fetcher(first) {
            let source = address_in(clause);
            let mut rest = words(clause).skip_while(|word| !is_output(word)).skip(1);
            if let Some(name) = rest.next() {
                saved.push((name, source));
            }
            continue;
        }
        let mut run = words(clause).filter(|word| *word != "sudo" && !word.starts_with('-'));
        let program = run.next().unwrap_or_default();
        let subject = if INTERPRETERS.contains(&program) { run.next() } else { Some(program) };
        let hit = saved.iter().find(|(name, _)| subject == Some(*name));
        if let Some((_, source)) = hit {
            return Some(source.clone());
        }
    }
    None
}

/// `-o`, `-O` of wget, and short options that end in one: `-fsSLo`.
fn is_output(word: &str) -> bool {
    word == "--output" || word.starts_with('-') && !word.starts_with("--") && word.ends_with('o')
}

fn address_in(text: &str) -> String {
    let address = words(text).map(|word| word.trim_matches(['"', '\'', '(', ')', '`']));
    let mut address = address.filter(|word| word.contains("://") || word.contains(".sh"));
    let found = address.next().unwrap_or_default();
    found.split(['"', '\'', ')', '`']).next().unwrap_or_default().to_owned()
}

/// A commit in the path fixes what the address answers.
fn names_a_commit(address: &str) -> bool {
    const COMMIT_DIGITS: usize = 40;
    address.split(['/', '@', '=']).any(|part| {
        part.len() >= COMMIT_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn installed(clause: &str) -> Option<Fault> {
    let installs = ["pip install", "pip3 install", "uv add", "npm install", "npm i ", "npx "]
        .iter()
        .any(|install| clause.contains(install));
    if !installs {
        return None;
    }
    let words = || words(clause).map(|word| word.trim_matches(['"', '\'']));
    if let Some(index) = words().find(|word| {
        word.starts_with("http://") && !word.contains("localhost") && !word.contains("127.0.0.1")
    }) {
        return Some(Fault::PlainIndex { source: index.to_owned() });
    }
    let git = words().find(|word| word.contains("git+http") || word.starts_with("github:"))?;
    let source = git.split_once("://").map_or(git, |(_, rest)| rest);
    let reference = source.rsplit_once(['@', '#']).map_or("", |(_, reference)| reference);
    let is_fixed =
        reference.starts_with('$') || reference.bytes().any(|byte| byte.is_ascii_digit());
    (!is_fixed).then(|| Fault::Branch { source: git.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(command: &str) -> bool {
        matches!(fault_of(command), Some(Fault::Runs { .. }))
    }

    #[test]
    fn what_is_fetched_may_be_run_in_several_ways() {
        for command in [
            "curl -fsSL https://x.example/install.sh | sh",
            "apt-get update && wget -qO- https://x.example | sudo -E bash -",
            "bash <(curl -s https://x.example)",
            "sh -c \"$(curl -fsSL https://x.example/i)\"",
            "eval \"$(curl https://x.example)\"",
            "curl -fsSLo setup.sh https://x.example/s; bash setup.sh",
            "curl -s https://x.example | python3 -",
            "iex (irm https://x.example)",
        ] {
            assert!(runs(command), "{command}");
        }
    }

    #[test]
    fn what_is_only_read_or_checked_is_fine() {
        for command in [
            "curl -s https://x.example/v.json | python3 -m json.tool",
            "curl -s https://x.example | jq .name",
            "VERSION=$(curl -s https://x.example/latest)",
            "curl -L https://x.example/a.tgz | tar xz",
            "echo \"curl https://x.example | sh\"",
            "curl -s http://localhost:8080/seed | sh",
            "wget https://x.example/a.deb && dpkg -i a.deb",
        ] {
            assert_eq!(fault_of(command), None, "{command}");
        }
        let checked = "curl -o i.sh https://x.example; echo \"abc  i.sh\" | sha256sum -c; sh i.sh";
        assert_eq!(fault_of(checked), Some(Fault::Verified));
    }
}
