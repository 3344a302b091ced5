use std::fs;

use super::*;
use crate::{lower, walk};

fn read(files: &[(&str, &str)]) -> Manifests {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("folders can be made");
        fs::write(path, text).expect("files can be written");
    }
    let walk = walk::files(folder.path(), &walk::Options::default());
    let (facts, problems) = lower::all(&walk.files);
    assert_eq!(problems, []);
    Manifests::read(&walk.files, &facts, &walk.names)
}

/// `name requirement kind source` of each dependency of the only package.
fn dependencies(path: &str, text: &str) -> Vec<String> {
    let manifests = read(&[(path, text)]);
    assert_eq!(manifests.packages.len(), 1);
    manifests.packages[0].dependencies.iter().map(outline).collect()
}

fn outline(dependency: &Dependency) -> String {
    let Dependency { name, requirement, kind, source, .. } = dependency;
    format!("{name} {requirement} {kind:?} {source:?}").replace("  ", " ")
}

#[test]
fn npm() {
    let text = r#"{"name": "a", "private": true, "main": "server.js", "bin": {"a": "cli.js"},
        "scripts": {"test": "vitest"}, "workspaces": {"packages": ["apps/*"]}, "engines": {"node": ">=20"},
        "dependencies": {"express": "^4", "own": "workspace:*", "fork": "someone/fork"},
        "devDependencies": {"vitest": "~1"}, "peerDependencies": {"react": "*"}}"#;
    let manifests = read(&[("package.json", text)]);
    let package = &manifests.packages[0];
    let found: Vec<_> = package.dependencies.iter().map(outline).collect();
    let expected = [
        "express ^4 Runtime Registry",
        "own workspace:* Runtime Local",
        "fork someone/fork Runtime Git",
        "vitest ~1 Development Registry",
        "react * Peer Registry",
    ];
    assert_eq!(found, expected);
    assert_eq!(package.entries, ["server.js", "cli.js"]);
    assert_eq!(package.workspaces, ["apps/*"]);
    assert_eq!(package.scripts[0].command, "vitest");
    assert_eq!(package.runtime.as_deref(), Some(">=20"));
    assert!(package.is_private);
}

#[test]
fn python_projects() {
    let text = "[project]\nname = \"a\"\ndependencies = [\"Flask_Login[x]>=2; python_version > '3'\", \"b @ git+https://h/b.git\"]\n\
                [project.optional-dependencies]\nx = [\"c\"]\n[project.scripts]\nrun = \"a.cli:main\"\n\
                [dependency-groups]\ndev = [\"pytest\", {include-group = \"lint\"}]\n\
                [build-system]\nrequires = [\"hatchling\"]\n[tool.uv.sources]\nc = { workspace = true }\n";
    let expected = [
        "flask-login >=2 Runtime Registry",
        "b git+https://h/b.git Runtime Git",
        "hatchling Build Registry",
        "c Optional Local",
        "pytest Development Registry",
    ];
    assert_eq!(dependencies("pyproject.toml", text), expected);
    let poetry = "[tool.poetry]\nname = \"a\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\nd = {version = \"^1\", optional = true}\n\
                  [tool.poetry.group.dev.dependencies]\ne = \"*\"\n";
    let expected = ["d ^1 Optional Registry", "e Development Registry"];
    assert_eq!(dependencies("pyproject.toml", poetry), expected);
}

#[test]
fn python_lists() {
    let text = "# top\n-r base.txt\nDjango==5.0 # why\nuvicorn[standard]>=0.2 \\\n    --hash=sha256:x\n-e ./lib\n\
                git+https://h/own.git@main#egg=own\ngit+https://h/Other.git@v1\n";
    let expected = [
        "django ==5.0 Runtime Registry",
        "uvicorn >=0.2 Runtime Registry",
        "./lib Runtime Local",
        "own git+https://h/own.git@main#egg=own Runtime Git",
        "other git+https://h/Other.git@v1 Runtime Git",
    ];
    assert_eq!(dependencies("requirements.txt", text), expected);
    assert_eq!(dependencies("requirements-dev.txt", "x\n"), ["x Development Registry"]);
    let setup = "[metadata]\nname = a\n[options]\npython_requires = >=3.9\ninstall_requires =\n    b>=1\n    c\n";
    assert_eq!(dependencies("setup.cfg", setup), ["b >=1 Runtime Registry", "c Runtime Registry"]);
    let pipfile = "[packages]\na = \"*\"\n[dev-packages]\nb = {version = \"==1\"}\n";
    assert_eq!(
        dependencies("Pipfile", pipfile),
        ["a Runtime Registry", "b ==1 Development Registry"]
    );
}

#[test]
fn cargo_members_inherit() {
    let root = "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nserde = { version = \"1\", features = [] }\nown = { path = \"own\" }\n";
    let member = "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\nown = { workspace = true }\n\
                  renamed = { package = \"real\", version = \"2\", optional = true }\n[dev-dependencies]\ninsta = \"1\"\n\
                  [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[[bin]]\npath = \"src/x.rs\"\n";
    let manifests = read(&[("Cargo.toml", root), ("a/Cargo.toml", member)]);
    let package = &manifests.packages[1];
    let found: Vec<_> = package.dependencies.iter().map(outline).collect();
    let expected = [
        "serde 1 Runtime Registry",
        "own Runtime Local",
        "real 2 Optional Registry",
        "insta 1 Development Registry",
        "libc 0.2 Runtime Registry",
    ];
    assert_eq!(found, expected);
    assert_eq!(package.entries, ["src/x.rs"]);
}

#[test]
fn go_and_java() {
    let text = "module example.org/a\n\ngo 1.22\n\nrequire (\n\tgithub.com/b/c v1.0.0\n\tgithub.com/d/e v2.0.0 // indirect\n)\n\
                require f.g/h v0.1.0\nreplace github.com/b/c => ../c\n";
    let expected = [
        "github.com/b/c v1.0.0 Runtime Local",
        "github.com/d/e v2.0.0 Indirect Registry",
        "f.g/h v0.1.0 Runtime Registry",
    ];
    assert_eq!(dependencies("go.mod", text), expected);
    let pom = "<project><groupId>g</groupId><artifactId>a</artifactId><properties><x.version>1.2</x.version></properties>\
               <dependencies><dependency><groupId>b</groupId><artifactId>c</artifactId><version>${x.version}</version></dependency>\
               <dependency><groupId>d</groupId><artifactId>e</artifactId><scope>test</scope></dependency></dependencies></project>";
    assert_eq!(
        dependencies("pom.xml", pom),
        ["b:c 1.2 Runtime Registry", "d:e Development Registry"]
    );
    let gradle = "plugins {\n  id 'org.springframework.boot' version '3.1.0'\n}\ndependencies {\n  implementation 'b:c:1.0'\n\
                  testImplementation(\"d:e\")\n  implementation project(':lib')\n}\n";
    let expected = [
        "org.springframework.boot 3.1.0 Build Registry",
        "b:c 1.0 Runtime Registry",
        "d:e Development Registry",
        ":lib Runtime Local",
    ];
    assert_eq!(dependencies("build.gradle", gradle), expected);
}

#[test]
fn lock_files_by_name_and_content() {
    let manifests = read(&[("go.sum", "a/b v1.0.0 h1:x\n"), ("web/bun.lockb", "\0")]);
    let found: Vec<_> = manifests
        .lockfiles
        .iter()
        .map(|lock| (lock.kind, lock.folder.as_str(), lock.pins.len()))
        .collect();
    assert_eq!(found, [(LockKind::Go, "", 1), (LockKind::Bun, "web", 0)]);
    assert_eq!(manifests.lockfiles[0].versions_of("a/b").collect::<Vec<_>>(), ["v1.0.0"]);
}

#[test]
fn github_workflows() {
    let text = "name: CI\non:\n  push:\n  pull_request: {branches: [main]}\npermissions: read-all\njobs:\n  test:\n\
                \x20   runs-on: ubuntu-latest\n    needs: [a, b]\n    continue-on-error: true\n    steps:\n\
                \x20     - uses: actions/checkout@v4\n        with: {fetch-depth: 0}\n\
                \x20     - name: Test\n        run: |\n          npm ci\n          npm test\n        if: always()\n";
    let manifests = read(&[(".github/workflows/ci.yml", text)]);
    let workflow = &manifests.workflows[0];
    assert_eq!(workflow.triggers, ["push", "pull_request"]);
    assert_eq!(workflow.permissions, Some(vec![("*".into(), "read-all".into())]));
    let job = &workflow.jobs[0];
    assert!(job.may_fail);
    assert_eq!(job.needs, ["a", "b"]);
    assert_eq!(job.steps[0].uses.as_deref(), Some("actions/checkout@v4"));
    assert_eq!(job.steps[0].with, [("fetch-depth".into(), "0".into())]);
    assert_eq!(job.steps[1].run.as_deref(), Some("npm ci\nnpm test\n"));
    assert_eq!(job.steps[1].condition.as_deref(), Some("always()"));
}

#[test]
fn other_pipelines() {
    let commands = |path: &str, text: &str| {
        let manifests = read(&[(path, text)]);
        let steps: Vec<_> = manifests.workflows.iter().flat_map(Workflow::steps).collect();
        let words = steps.iter().filter_map(|step| step.run.as_ref().or(step.uses.as_ref()));
        words.map(ToString::to_string).collect::<Vec<_>>()
    };
    let gitlab = "stages: [t]\n.base:\n  before_script: [npm ci]\ntest:\n  extends: .base\n  script:\n    - npm test\n  allow_failure: true\n";
    assert_eq!(commands(".gitlab-ci.yml", gitlab), ["npm ci", "npm test"]);
    let circle = "jobs:\n  build:\n    docker: [{image: node}]\n    steps:\n      - checkout\n      - run: npm ci\n      - run: {name: t, command: npm test}\n      - node/install: {version: 1}\n";
    assert_eq!(
        commands(".circleci/config.yml", circle),
        ["checkout", "npm ci", "npm test", "node/install"]
    );
    let azure = "trigger: [main]\nstages:\n- stage: a\n  jobs:\n  - job: b\n    steps:\n    - script: npm test\n    - task: NodeTool@0\n";
    assert_eq!(commands("azure-pipelines.yml", azure), ["npm test", "NodeTool@0"]);
    let bitbucket = "pipelines:\n  default:\n    - step: {name: t, script: [npm test]}\n  branches:\n    main:\n      - parallel:\n        - step: {script: [npm run a]}\n";
    assert_eq!(commands("bitbucket-pipelines.yml", bitbucket), ["npm test", "npm run a"]);
}

#[test]
fn containers_and_services() {
    let file = "ARG NODE=20\nFROM node:${NODE}-alpine AS base\nUSER node\nEXPOSE 80\nFROM base AS build\nUSER root\nFROM base\nHEALTHCHECK NONE\nCMD [\"node\"]\n";
    let compose = "services:\n  db:\n    image: postgres:16\n    ports: [\"5432:5432\", {target: 80, published: 8080}]\n    environment: [A=1]\n    privileged: true\n\
                   \x20 web:\n    build: .\n    environment: {B: 2}\n    healthcheck: {test: x}\n";
    let manifests = read(&[("Dockerfile", file), ("compose.yaml", compose)]);
    let container = &manifests.containers[0];
    assert_eq!(container.stages.len(), 3);
    assert_eq!(container.base().map(|stage| stage.from.as_str()), Some("node:20-alpine"));
    assert_eq!(container.user().map(|user| user.arguments.as_str()), Some("node"));
    assert_eq!(container.healthcheck(), None);
    assert_eq!(container.exposes().collect::<Vec<_>>(), ["80"]);
    let [db, web] = manifests.services.as_slice() else { panic!("two services") };
    assert_eq!(db.ports, ["5432:5432", "8080:80"]);
    assert_eq!(db.environment, [("A".into(), "1".into())]);
    assert!(db.is_privileged && !db.is_built && web.is_built && web.has_healthcheck);
}

#[test]
fn names_of_folders() {
    let manifests = read(&[
        (
            "tsconfig.base.json",
            "{\"compilerOptions\": {\"baseUrl\": \"./src\", \"paths\": {\"@/*\": [\"./*\"]}}}",
        ),
        ("web/tsconfig.json", "{\"extends\": \"../tsconfig.base\", // c\n}"),
        ("package.json", "{\"imports\": {\"#db\": \"./db/index.js\"}}"),
    ]);
    let found: Vec<_> = manifests
        .aliases
        .iter()
        .map(|alias| format!("{}|{}|{}", alias.scope, alias.from, alias.to))
        .collect();
    assert_eq!(found, ["|#db|db/index.js", "|@/|src", "||src", "web|@/|src", "web||src"]);
}

#[test]
fn environments() {
    let manifests =
        read(&[(".env.example", "A=1\n"), (".env", "A=2\n"), ("app.properties", "a=1\n")]);
    let found: Vec<_> = manifests.environments.iter().map(|one| one.is_template).collect();
    assert_eq!(found, [false, true]);
}
