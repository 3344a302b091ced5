//! The database as its migrations leave it: tables, row rules, grants, functions, buckets.
//!
//! All SQL files are replayed in the order of their paths, statement by statement. Each attribute keeps
//! the place that changed it last. A statement that does not parse is listed, and nothing else is lost.

use std::collections::BTreeMap;

use super::{Location, Project};

mod predicate;
mod replay;

pub use predicate::Predicate;

/// The final state.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    tables: BTreeMap<Name, Table>,
    functions: BTreeMap<Name, Routine>,
    buckets: BTreeMap<String, Bucket>,
    /// Statements that could not be read, with the reason.
    pub unread: Vec<(Location, String)>,
}

/// Schema and name, lower case unless quoted.
pub type Name = (String, String);

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub schema: String,
    pub name: String,
    pub columns: Vec<Column>,
    pub created: Location,
    /// Are rows withheld unless a policy lets them through?
    pub row_security: bool,
    /// Where that was last set.
    pub row_security_at: Option<Location>,
    pub policies: Vec<Policy>,
    /// Roles that lost all their rights.
    pub revoked: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Lower case, as written otherwise.
    pub type_name: String,
}

/// A row rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub name: String,
    pub verb: Verb,
    /// Empty: everybody.
    pub roles: Vec<String>,
    pub is_permissive: bool,
    /// Which rows are seen.
    pub using: Option<Predicate>,
    /// Which rows may be written.
    pub check: Option<Predicate>,
    pub location: Location,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

/// A function of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Routine {
    pub schema: String,
    pub name: String,
    /// Runs with the rights of its owner.
    pub is_definer: bool,
    pub returns: String,
    pub sets_search_path: bool,
    /// The whole statement, lower case.
    pub text: String,
    /// Roles that may no longer call it.
    pub revoked: Vec<String>,
    pub location: Location,
}

/// A place for files.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    pub name: String,
    pub is_public: bool,
    pub location: Location,
}

impl Schema {
    pub fn of(project: &Project) -> Self {
        replay::replay(project)
    }

    /// In the order of their names.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    pub fn functions(&self) -> impl Iterator<Item = &Routine> {
        self.functions.values()
    }

    pub fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.values()
    }

    pub fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.tables.get(&(schema.to_owned(), name.to_owned()))
    }
}

impl Table {
    /// Tables of the platform itself are looked after by it.
    pub fn is_exposed(&self) -> bool {
        self.schema == "public" && self.name != "spatial_ref_sys"
    }

    pub fn has_column(&self, is_wanted: impl Fn(&str) -> bool) -> bool {
        self.columns.iter().any(|column| is_wanted(&column.name))
    }
}

impl Policy {
    /// Does it let anybody through who is not a role of the server itself?
    pub fn is_for_clients(&self) -> bool {
        self.roles.is_empty()
            || self
                .roles
                .iter()
                .any(|role| matches!(role.as_str(), "public" | "anon" | "authenticated"))
    }

    /// Does it reach people who are not signed in?
    pub fn is_for_strangers(&self) -> bool {
        self.roles.is_empty()
            || self.roles.iter().any(|role| matches!(role.as_str(), "public" | "anon"))
    }
}

impl Verb {
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "every operation",
            Self::Select => "reading",
            Self::Insert => "inserting",
            Self::Update => "updating",
            Self::Delete => "deleting",
        }
    }

    pub const fn writes(self) -> bool {
        !matches!(self, Self::Select)
    }
}
