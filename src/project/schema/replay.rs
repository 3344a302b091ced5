//! The statements of all SQL files, one after the other.

use std::sync::LazyLock;

use regex::Regex;
use sqlparser::{
    ast::{
        AlterPolicyOperation, AlterTableOperation, CreateFunction, CreatePolicy,
        CreatePolicyCommand, CreatePolicyType, CreateTable, FunctionSecurity, ObjectName,
        ObjectType, RenameTableNameKind, Statement,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};

use super::{Bucket, Column, Name, Policy, Predicate, Routine, Schema, Table, Verb};
use crate::{
    facts::{Document, Role},
    project::{Location, Project},
};

/// Nested deeper than this, a statement is not parsed.
const NESTING_MAX: usize = 50;

pub(super) fn replay(project: &Project) -> Schema {
    let mut schema = Schema::default();
    for (file, unit) in project.units() {
        let Some(Document::Sql(statements)) = &unit.facts.document else { continue };
        let is_left_out = matches!(unit.file.role, Role::Test | Role::Vendored | Role::Example);
        if is_left_out || unit.file.undoes_migration() {
            continue;
        }
        for statement in statements {
            let location = Location { file, span: statement.span };
            schema.statement(&statement.text, location);
        }
    }
    schema
}

/// Statements inside a `DO` block or a text that it executes.
static INSIDE_BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)\b(create\s+policy\b[^;]*|drop\s+policy\b[^;]*|alter\s+table\s+[^;%]*?\b(?:en|dis)able\s+row\s+level\s+security)")
        .expect("the pattern is well formed")
});

static EVERY_TABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)alter\s+table\s+[^;]*%[a-z0-9$]*[^;]*enable\s+row\s+level\s+security")
        .expect("the pattern is well formed")
});

static FUNCTION_HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^create\s+(?:or\s+replace\s+)?function\s+(?:"?(\w+)"?\.)?"?(\w+)"?\s*\("#)
        .expect("the pattern is well formed")
});

static FUNCTION_RIGHTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^(revoke|grant)\s+(?:all|execute)(?:\s+privileges)?\s+on\s+(?:function|routine)\s+(?:"?(\w+)"?\.)?"?(\w+)"?[^;]*?\b(?:from|to)\s+([\w\s,"]+)$"#)
        .expect("the pattern is well formed")
});

static TABLE_RIGHTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^revoke\s+all(?:\s+privileges)?\s+on\s+(?:table\s+)?(?:"?(\w+)"?\.)?"?(\w+)"?\s+from\s+([\w\s,"]+)$"#)
        .expect("the pattern is well formed")
});

static BUCKET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^insert\s+into\s+storage\.buckets\s*\(([^)]*)\)\s*values\s*(.*)$")
        .expect("the pattern is well formed")
});

static ROW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)").expect("the pattern is well formed")
});

static BUCKET_UPDATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^update\s+storage\.buckets\s+set\s+public\s*=\s*(true|false)\s+where\s+(?:id|name)\s*=\s*'([^']+)'")
        .expect("the pattern is well formed")
});

impl Schema {
    fn statement(&mut self, text: &str, location: Location) {
        let start: String = text.chars().take(60).collect::<String>().to_ascii_lowercase();
        let words: Vec<&str> = start.split_whitespace().take(3).collect();
        match words[..] {
            ["do", ..] => return self.block(text, location),
            ["insert", "into", table] if table.starts_with("storage.buckets") => {
                return self.buckets_of(text, location);
            }
            ["update", "storage.buckets", ..] => return self.bucket_changed(text, location),
            ["revoke" | "grant", ..] => return self.rights(text),
            ["create", "function", ..] | ["create", "or", "replace"]
                if FUNCTION_HEAD.is_match(text) =>
            {
                return self.function(text, location);
            }
            ["create", "table" | "policy" | "temporary" | "temp" | "unlogged", ..]
            | ["alter", "table" | "policy", ..]
            | ["drop", "table" | "policy" | "function" | "schema", ..] => {}
            _ => return,
        }
        self.parsed(text, location);
    }

    fn parsed(&mut self, text: &str, location: Location) {
        if nesting(text) > NESTING_MAX {
            self.unread.push((location, "nested too deep".to_owned()));
            return;
        }
        match Parser::parse_sql(&PostgreSqlDialect {}, text) {
            Ok(statements) => {
                for statement in statements {
                    self.apply(statement, location);
                }
            }
            Err(error) => self.unread.push((location, error.to_string())),
        }
    }

    fn apply(&mut self, statement: Statement, location: Location) {
        match statement {
            Statement::CreateTable(table) => self.create_table(&table, location),
            Statement::AlterTable(change) => {
                let name = name_of(&change.name);
                for operation in change.operations {
                    self.alter_table(&name, operation, location);
                }
            }
            Statement::CreatePolicy(policy) => self.create_policy(policy, location),
            Statement::DropPolicy(dropped) => {
                let name = dropped.name.value.clone();
                if let Some(table) = self.tables.get_mut(&name_of(&dropped.table_name)) {
                    table.policies.retain(|policy| policy.name != name);
                }
            }
            Statement::AlterPolicy(change) => {
                let name = change.name.value.clone();
                let Some(table) = self.tables.get_mut(&name_of(&change.table_name)) else { return };
                let Some(policy) = table.policies.iter_mut().find(|policy| policy.name == name)
                else {
                    return;
                };
                match change.operation {
                    AlterPolicyOperation::Rename { new_name } => policy.name = new_name.value,
                    AlterPolicyOperation::Apply { to, using, with_check } => {
                        if let Some(to) = to {
                            policy.roles = to
                                .iter()
                                .map(|role| role.to_string().to_ascii_lowercase())
                                .collect();
                        }
                        if let Some(using) = using {
                            policy.using = Some(Predicate::new(&using.to_string()));
                        }
                        if let Some(check) = with_check {
                            policy.check = Some(Predicate::new(&check.to_string()));
                        }
                        policy.location = location;
                    }
                }
            }
            Statement::Drop { object_type: ObjectType::Table, names, .. } => {
                for name in &names {
                    self.tables.remove(&name_of(name));
                }
            }
            Statement::DropFunction(dropped) => {
                for description in &dropped.func_desc {
                    self.functions.remove(&name_of(&description.name));
                }
            }
            _ => {}
        }
    }

    fn create_table(&mut self, table: &CreateTable, location: Location) {
        let name = name_of(&table.name);
        if table.if_not_exists && self.tables.contains_key(&name) {
            return;
        }
        let columns = table.columns.iter().map(|column| Column {
            name: column.name.value.clone(),
            type_name: column.data_type.to_string().to_ascii_lowercase(),
        });
        let created = Table {
            schema: name.0.clone(),
            name: name.1.clone(),
            columns: columns.collect(),
            created: location,
            row_security: false,
            row_security_at: None,
            policies: Vec::new(),
            revoked: Vec::new(),
        };
        self.tables.insert(name, created);
    }

    fn alter_table(&mut self, name: &Name, operation: AlterTableOperation, location: Location) {
        if let AlterTableOperation::RenameTable { table_name } = &operation {
            let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
            if let Some(mut table) = self.tables.remove(name) {
                table.name = name_of(to).1;
                self.tables.insert((table.schema.clone(), table.name.clone()), table);
            }
            return;
        }
        let Some(table) = self.tables.get_mut(name) else { return };
        match operation {
            AlterTableOperation::EnableRowLevelSecurity
            | AlterTableOperation::ForceRowLevelSecurity => {
                table.row_security = true;
                table.row_security_at = Some(location);
            }
            AlterTableOperation::DisableRowLevelSecurity => {
                table.row_security = false;
                table.row_security_at = Some(location);
            }
            AlterTableOperation::AddColumn { column_def, .. } => table.columns.push(Column {
                name: column_def.name.value,
                type_name: column_def.data_type.to_string().to_ascii_lowercase(),
            }),
            AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                let renamed =
                    table.columns.iter_mut().find(|column| column.name == old_column_name.value);
                if let Some(column) = renamed {
                    column.name = new_column_name.value;
                }
            }
            AlterTableOperation::DropColumn { column_names, .. } => {
                table.columns.retain(|column| {
                    column_names.iter().all(|dropped| dropped.value != column.name)
                });
            }
            _ => {}
        }
    }

    fn create_policy(&mut self, policy: CreatePolicy, location: Location) {
        let name = name_of(&policy.table_name);
        let created = Policy {
            name: policy.name.value,
            verb: match policy.command {
                None | Some(CreatePolicyCommand::All) => Verb::All,
                Some(CreatePolicyCommand::Select) => Verb::Select,
                Some(CreatePolicyCommand::Insert) => Verb::Insert,
                Some(CreatePolicyCommand::Update) => Verb::Update,
                Some(CreatePolicyCommand::Delete) => Verb::Delete,
            },
            roles: policy
                .to
                .iter()
                .flatten()
                .map(|role| role.to_string().to_ascii_lowercase())
                .collect(),
            is_permissive: !matches!(policy.policy_type, Some(CreatePolicyType::Restrictive)),
            using: policy.using.map(|using| Predicate::new(&using.to_string())),
            check: policy.with_check.map(|check| Predicate::new(&check.to_string())),
            location,
        };
        // Tables of the platform exist without a statement here.
        let table = self.tables.entry(name.clone()).or_insert_with(|| Table {
            schema: name.0.clone(),
            name: name.1.clone(),
            columns: Vec::new(),
            created: location,
            row_security: true,
            row_security_at: None,
            policies: Vec::new(),
            revoked: Vec::new(),
        });
        table.policies.retain(|known| known.name != created.name);
        table.policies.push(created);
    }

    /// `DO $$ … $$`: the statements in it that matter here, as if they always ran.
    fn block(&mut self, text: &str, location: Location) {
        if EVERY_TABLE.is_match(text) {
            for table in self.tables.values_mut().filter(|table| table.schema == "public") {
                table.row_security = true;
                table.row_security_at = Some(location);
            }
        }
        for found in INSIDE_BLOCK.find_iter(text) {
            let inner = found.as_str().trim_end_matches(['\'', ' ', '\n']).replace("''", "'");
            if !inner.contains('%') {
                self.parsed(&inner, location);
            }
        }
    }

    fn function(&mut self, text: &str, location: Location) {
        let Some(head) = FUNCTION_HEAD.captures(text) else { return };
        let schema = head.get(1).map_or("public", |schema| schema.as_str()).to_ascii_lowercase();
        let name = head[2].to_ascii_lowercase();
        let lower = text.to_ascii_lowercase();
        let parsed = (nesting(text) <= NESTING_MAX)
            .then(|| Parser::parse_sql(&PostgreSqlDialect {}, text).ok())
            .flatten()
            .and_then(|mut statements| statements.pop());
        let (is_definer, returns) =
            if let Some(Statement::CreateFunction(CreateFunction {
                security, return_type, ..
            })) = parsed
            {
                (
                    matches!(security, Some(FunctionSecurity::Definer)),
                    return_type
                        .map(|returns| returns.to_string().to_ascii_lowercase())
                        .unwrap_or_default(),
                )
            } else {
                // Bodies in other languages do not always parse; what stands around them is plain.
                let words: Vec<&str> = lower.split_whitespace().collect();
                let returns =
                    words.windows(2).find(|pair| pair[0] == "returns").map_or("", |pair| pair[1]);
                let definer = words
                    .windows(2)
                    .any(|pair| pair[0] == "security" && pair[1].starts_with("definer"));
                (definer, returns.to_owned())
            };
        let sets_search_path = lower.contains("set search_path");
        let revoked = Vec::new();
        let routine = Routine {
            schema: schema.clone(),
            name: name.clone(),
            is_definer,
            returns,
            sets_search_path,
            text: lower,
            revoked,
            location,
        };
        self.functions.insert((schema, name), routine);
    }

    fn rights(&mut self, text: &str) {
        let of = |schema: Option<regex::Match<'_>>, name: &str| {
            (
                schema.map_or("public", |schema| schema.as_str()).to_ascii_lowercase(),
                name.to_ascii_lowercase(),
            )
        };
        if let Some(found) = FUNCTION_RIGHTS.captures(text.trim()) {
            let Some(routine) = self.functions.get_mut(&of(found.get(2), &found[3])) else {
                return;
            };
            for role in roles(&found[4]) {
                if found[1].eq_ignore_ascii_case("revoke") {
                    routine.revoked.push(role);
                } else {
                    routine.revoked.retain(|known| *known != role);
                }
            }
        } else if let Some(found) = TABLE_RIGHTS.captures(text.trim())
            && let Some(table) = self.tables.get_mut(&of(found.get(1), &found[2]))
        {
            table.revoked.extend(roles(&found[3]));
        }
    }

    fn buckets_of(&mut self, text: &str, location: Location) {
        let Some(found) = BUCKET.captures(text) else { return };
        let columns: Vec<String> = found[1]
            .split(',')
            .map(|column| column.trim().trim_matches('"').to_ascii_lowercase())
            .collect();
        let position = |wanted: &str| columns.iter().position(|column| column == wanted);
        let Some(name_at) = position("id").or_else(|| position("name")) else { return };
        for row in ROW.captures_iter(&found[2]) {
            let values: Vec<&str> = row[1].split(',').map(str::trim).collect();
            let Some(name) = values.get(name_at).and_then(|name| name.strip_prefix('\'')) else {
                continue;
            };
            let name = name.trim_end_matches('\'').to_owned();
            let is_public = position("public")
                .and_then(|at| values.get(at))
                .is_some_and(|value| value.eq_ignore_ascii_case("true"));
            self.buckets.insert(name.clone(), Bucket { name, is_public, location });
        }
    }

    fn bucket_changed(&mut self, text: &str, location: Location) {
        let Some(found) = BUCKET_UPDATE.captures(text) else { return };
        if let Some(bucket) = self.buckets.get_mut(&found[2]) {
            bucket.is_public = found[1].eq_ignore_ascii_case("true");
            bucket.location = location;
        }
    }
}

fn roles(list: &str) -> Vec<String> {
    list.split(',')
        .map(|role| role.trim().trim_matches('"').to_ascii_lowercase())
        .filter(|role| !role.is_empty())
        .collect()
}

/// Schema and name; without a schema, `public`.
fn name_of(name: &ObjectName) -> Name {
    let parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|part| match part.quote_style {
            Some(_) => part.value.clone(),
            None => part.value.to_ascii_lowercase(),
        })
        .collect();
    match parts.as_slice() {
        [.., schema, name] => (schema.clone(), name.clone()),
        [name] => ("public".to_owned(), name.clone()),
        [] => ("public".to_owned(), String::new()),
    }
}

/// How deep parentheses are nested.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
