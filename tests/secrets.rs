//! Credentials are found wherever they stand, and nothing that leaves the program shows them.
//!
//! Every token here is made when the test runs: none stands in the repository in one piece.

use std::{fs, path::Path};

use assert_cmd::Command;
use gapcheck::{lower, walk};
use regex::Regex;

/// Letters and digits that look random and are the same on every run.
fn random(length: usize, alphabet: &str, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap_or_default()
    };
    (0..length).map(|_| letters[next() % letters.len()]).collect()
}

const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEXADECIMAL: &str = "0123456789abcdef";

/// A token whose last six characters are its checksum.
fn with_checksum(seed: u64) -> String {
    let random = random(30, BASE62, seed);
    let mut rest = crc32fast::hash(random.as_bytes());
    let letters: Vec<char> = BASE62.chars().collect();
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(letters[(rest % 62) as usize]);
        rest /= 62;
    }
    random + &digits.iter().rev().collect::<String>()
}

/// The provider, what is public of it, and what must never be shown.
fn tokens() -> Vec<(&'static str, String, String)> {
    let base = |length, seed| random(length, BASE62, seed);
    vec![
        ("stripe-live-key", concat!("sk_", "live_").to_owned(), base(24, 1)),
        ("github-token", concat!("gh", "p_").to_owned(), with_checksum(2)),
        ("npm-token", concat!("np", "m_").to_owned(), with_checksum(3)),
        ("sendgrid-key", concat!("S", "G.").to_owned(), base(22, 4) + "." + &base(43, 5)),
        ("openrouter-key", concat!("sk-or", "-v1-").to_owned(), random(64, HEXADECIMAL, 6)),
        ("hugging-face-token", concat!("h", "f_").to_owned(), random(34, &BASE62[10..], 7)),
        ("digitalocean-token", concat!("dop", "_v1_").to_owned(), random(64, HEXADECIMAL, 8)),
        ("google-api-key", concat!("AI", "za").to_owned(), base(35, 9)),
    ]
}

fn hits(folder: &Path) -> Vec<(String, String)> {
    let walk = walk::files(folder, &walk::Options::default());
    let (facts, _) = lower::all(&walk.files);
    let mut found = Vec::new();
    for (file, facts) in walk.files.iter().zip(&facts) {
        found.extend(
            facts.secrets.iter().map(|hit| (file.path.to_string(), hit.provider.to_string())),
        );
        let kept = serde_json::to_string(facts).expect("facts can be written");
        for (_, _, secret) in tokens() {
            assert_hidden(&kept, &secret, &file.path);
        }
    }
    found
}

/// Not four bytes of a secret in a row.
fn assert_hidden(text: &str, secret: &str, place: &str) {
    for part in secret.as_bytes().windows(4) {
        let part = std::str::from_utf8(part).expect("secrets of tests are plain");
        assert!(!text.contains(part), "{place} shows `{part}`");
    }
}

#[test]
fn tokens_are_found_in_every_kind_of_file_and_never_kept() {
    for name in
        ["main.py", "main.go", "a.ex", "notes.md", "app.yaml", "run.sh", "page.html", "book.txt"]
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lines: Vec<String> = tokens()
            .iter()
            .map(|(_, prefix, secret)| format!("key: \"{prefix}{secret}\"\n"))
            .collect();
        fs::write(folder.path().join(name), lines.concat()).expect("a file");
        let found = hits(folder.path());
        for (provider, _, _) in tokens() {
            assert!(found.iter().any(|(_, hit)| hit == provider), "{provider} in {name}");
        }
    }
}

#[test]
fn nothing_that_the_program_prints_shows_a_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, (provider, prefix, secret)) in tokens().iter().enumerate() {
        let text = format!("// {provider}\nconst key{number} = \"{prefix}{secret}\";\n");
        fs::write(folder.path().join(format!("{provider}.js")), text).expect("a file");
    }
    let password = random(18, BASE62, 20);
    let key = random(40, BASE62, 21);
    let text = format!(
        "const apiKey = \"{key}\";\nconst url = \"postgres://app:{password}@db.example.net/app\";\n"
    );
    fs::write(folder.path().join("settings.js"), text).expect("a file");
    fs::write(folder.path().join(".env"), format!("MAIL_PASSWORD={password}\n")).expect("a file");
    // Fingerprints share digits with anything by chance; they are made of names, never of values.
    let fingerprint = Regex::new("\"[0-9a-f]{32}\"").expect("the pattern is well formed");
    for format in ["terminal", "json"] {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("gapcheck"))
            .args(["--format", format])
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("secrets/provider-token"), "{text}");
        let text = fingerprint.replace_all(&text, "").into_owned();
        for secret in
            tokens().into_iter().map(|(_, _, secret)| secret).chain([password.clone(), key.clone()])
        {
            assert_hidden(&text, &secret, format);
        }
    }
}

#[test]
fn a_wrong_checksum_is_no_token() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("token = \"{}{}\"\n", concat!("gh", "p_"), random(36, BASE62, 30));
    fs::write(folder.path().join("main.py"), text).expect("a file");
    assert_eq!(hits(folder.path()), []);
}

#[test]
fn the_web_key_of_a_firebase_project_is_public_by_design() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = concat!("AI", "za").to_owned() + &random(35, BASE62, 31);
    let text = format!(
        "export const settings = {{\n  apiKey: \"{key}\",\n  authDomain: \"shop.example\",\n}};\n"
    );
    fs::write(folder.path().join("firebase.js"), text).expect("a file");
    let walk = walk::files(folder.path(), &walk::Options::default());
    let (facts, _) = lower::all(&walk.files);
    assert_eq!(facts[0].secrets, []);
    assert_eq!(facts[0].credentials, []);
}

/// What a developer's browser says to the same machine is worth less than what a server says.
#[test]
fn a_key_for_one_machine_is_no_emergency() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let edge = |word: &str| format!("-----{word} PRIVATE {}-----\n", "KEY");
    let body = random(320, BASE62, 40);
    let text = edge("BEGIN") + &body + "\n" + &edge("END");
    for name in ["localhost.key", "server.key"] {
        fs::write(folder.path().join(name), &text).expect("a file");
    }
    fs::write(folder.path().join("main.js"), "export const port = 8443;\n").expect("a file");
    let output = Command::new(assert_cmd::cargo::cargo_bin!("gapcheck"))
        .args(["--format", "json", "--exit-zero", "--select", "secrets/provider-token"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let gaps = report["gaps"].as_array().expect("a list");
    let found: Vec<_> = gaps.iter().map(|gap| (&gap["path"], &gap["severity"])).collect();
    let expected =
        [(&"server.key".into(), &"critical".into()), (&"localhost.key".into(), &"medium".into())];
    assert_eq!(found, expected);
}
