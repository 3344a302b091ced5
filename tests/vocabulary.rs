//! Every vocabulary file loads, and says what its users rely on.

use std::fs;
use std::path::Path;

use gapcheck::facts::vocabulary::{Meaning, Vocabulary};

fn shipped() -> Vocabulary {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/vocabulary");
    let mut vocabulary = Vocabulary::default();
    for entry in fs::read_dir(folder).expect("the folder is part of the repository") {
        let path = entry.expect("it can be listed").path();
        let text = fs::read_to_string(&path).expect("vocabulary files are text");
        if let Err(error) = vocabulary.add(&text) {
            panic!("{}: {error:#}", path.display());
        }
    }
    vocabulary
}

#[test]
fn every_vocabulary_file_loads() {
    shipped();
}

#[test]
fn python_names_mean_what_they_do() {
    let words = shipped();
    for (path, meaning) in [
        ("requests.get", Meaning::HttpRequest),
        ("requests.Session().post", Meaning::HttpRequest),
        ("openai.AsyncOpenAI().chat.completions.create", Meaning::ModelCall),
        ("sqlalchemy.orm.Session().execute", Meaning::SqlQuery),
        ("sqlite3.connect().cursor().execute", Meaning::SqlQuery),
        ("?.execute", Meaning::SqlQuery),
        ("eval", Meaning::EvaluateCode),
        ("jwt.decode", Meaning::VerifyCredential),
        ("flask_jwt_extended.jwt_required", Meaning::EnforceAuthentication),
        ("fastapi.security.HTTPBearer", Meaning::RequireCredential),
        ("flask_login.current_user", Meaning::ReadIdentity),
        ("os.environ.get", Meaning::ReadEnvironment),
        ("logging.getLogger().exception", Meaning::Log),
        ("pytest.raises", Meaning::ExpectFailure),
    ] {
        assert!(words.has(path, meaning), "{path} should mean {meaning:?}");
    }
    assert!(!words.has("re.compile", Meaning::EvaluateCode));
    assert!(!words.has("jwt.get_unverified_header", Meaning::VerifyCredential));
}
