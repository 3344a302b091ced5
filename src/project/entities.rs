//! The things that a project stores, and whose they are: from Prisma schemas, object mappers, SQL, the
//! documents that code puts into collections, and the queries it makes.

use std::collections::BTreeMap;

use super::{Location, Project, schema::Schema};
use crate::facts::Text;

mod code;
mod collections;
mod prisma;
mod queries;

/// One kind of thing that is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    pub name: Text,
    pub columns: Vec<Text>,
    pub location: Location,
}

/// All of them, by name without regard to case, separators and number.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    by_name: BTreeMap<String, Entity>,
}

/// Columns that say whose a row is.
const OWNER: [&str; 26] = [
    "userid",
    "ownerid",
    "authorid",
    "createdby",
    "createdbyid",
    "accountid",
    "customerid",
    "profileid",
    "user",
    "owner",
    "author",
    "uid",
    "creator",
    "creatorid",
    "useruuid",
    "memberid",
    "patientid",
    "studentid",
    "employeeid",
    "clientid",
    "sellerid",
    "uploadedby",
    "userprofile",
    "assigneeid",
    "hostid",
    "useremail",
];

const TENANT: [&str; 10] = [
    "tenantid",
    "orgid",
    "organizationid",
    "organisationid",
    "workspaceid",
    "teamid",
    "companyid",
    "tenant",
    "organization",
    "workspace",
];

/// Columns that decide what somebody gets, or whether they may come in at all.
const PRIVILEGE: [&str; 7] =
    ["plan", "credits", "balance", "banned", "tier", "subscription", "verified"];

/// Columns that say what somebody may do.
const ROLE: [&str; 7] =
    ["role", "roles", "isadmin", "issuperuser", "isstaff", "admin", "permissions"];

/// Columns that are nobody else's business.
const SENSITIVE: [&str; 24] = [
    "email",
    "password",
    "passwordhash",
    "token",
    "secret",
    "ssn",
    "card",
    "cardnumber",
    "iban",
    "phone",
    "phonenumber",
    "address",
    "health",
    "diagnosis",
    "salary",
    "dob",
    "dateofbirth",
    "birthdate",
    "apikey",
    "refreshtoken",
    "accesstoken",
    "taxid",
    "latitude",
    "ipaddress",
];

/// Columns by which rows are shown to everybody on purpose.
const PUBLISHED: [&str; 12] = [
    "published",
    "ispublished",
    "public",
    "ispublic",
    "publishedat",
    "visibility",
    "slug",
    "isactive",
    "shared",
    "isshared",
    "shareid",
    "featured",
];

impl Entities {
    pub fn of(project: &Project, schema: &Schema) -> Self {
        let mut entities = Self::default();
        for table in schema.tables() {
            let columns = table.columns.iter().map(|column| column.name.as_str().into()).collect();
            entities.add(Entity {
                name: table.name.as_str().into(),
                columns,
                location: table.created,
            });
        }
        prisma::read(project, &mut entities);
        code::read(project, &mut entities);
        collections::read(project, &mut entities);
        queries::read(project, &mut entities);
        entities
    }

    /// The first definition stands, with the columns of all.
    fn add(&mut self, entity: Entity) {
        if entity.columns.is_empty() {
            return;
        }
        match self.by_name.get_mut(&normalised(&entity.name)) {
            Some(known) => {
                for column in entity.columns {
                    if !known.columns.contains(&column) {
                        known.columns.push(column);
                    }
                }
            }
            None => drop(self.by_name.insert(normalised(&entity.name), entity)),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Entity> {
        self.by_name.get(&normalised(name))
    }

    /// The column by which a row hangs on something that is somebody's: `project_id`, where projects have
    /// owners.
    pub fn link<'e>(&self, entity: &'e Entity) -> Option<&'e Text> {
        entity.columns.iter().find(|column| self.is_link(column))
    }

    /// Does a column of this name refer to something that is somebody's?
    pub fn is_link(&self, column: &str) -> bool {
        let target = ["_id", "Id", "ID", "_uuid", "Uuid"]
            .iter()
            .find_map(|suffix| column.strip_suffix(suffix))
            .unwrap_or(column);
        !target.is_empty() && self.get(target).is_some_and(Entity::is_owned)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entity> {
        self.by_name.values()
    }
}

impl Entity {
    /// A column says whose a row is.
    pub fn is_owned(&self) -> bool {
        self.columns.iter().any(|column| is_owner(column))
    }

    /// The column that says whose a row is.
    pub fn owner_column(&self) -> Option<&Text> {
        self.columns.iter().find(|column| is_owner(column))
    }

    /// The people themselves.
    pub fn is_person(&self) -> bool {
        is_person(&self.name)
    }

    /// Some rows are meant for everybody.
    pub fn is_published(&self) -> bool {
        self.columns.iter().any(|column| PUBLISHED.contains(&plain(column).as_str()))
    }

    pub fn privilege_columns(&self) -> impl Iterator<Item = &Text> {
        self.columns.iter().filter(|column| is_privilege(column))
    }

    pub fn sensitive_columns(&self) -> impl Iterator<Item = &Text> {
        self.columns.iter().filter(|column| is_sensitive(column))
    }
}

/// Does a column of this name say whose a row is: `user_id`, `ownerId`, `organization_id`?
pub fn is_owner(column: &str) -> bool {
    let plain = plain(column);
    OWNER.contains(&plain.as_str()) || TENANT.contains(&plain.as_str())
}

/// Does a column of this name say what somebody may do?
pub fn is_role(column: &str) -> bool {
    ROLE.contains(&plain(column).as_str())
}

pub fn is_privilege(column: &str) -> bool {
    is_role(column) || PRIVILEGE.contains(&plain(column).as_str())
}

pub fn is_sensitive(column: &str) -> bool {
    SENSITIVE.contains(&plain(column).as_str())
}

/// Does this name stand for people: `User`, `accounts`, `profiles`?
pub fn is_person(name: &str) -> bool {
    matches!(
        normalised(name).as_str(),
        "user"
            | "account"
            | "profile"
            | "member"
            | "customer"
            | "userprofile"
            | "employee"
            | "appuser"
    )
}

/// Is a row shown to everybody by a column of this name?
pub fn is_publishing(column: &str) -> bool {
    let plain = plain(column);
    PUBLISHED.contains(&plain.as_str())
        || matches!(plain.as_str(), "status" | "token" | "sharetoken")
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The name without case, separators and plural: `order_items`, `OrderItem` and `orderItems` are one.
pub fn normalised(name: &str) -> String {
    let mut plain = plain(name);
    if let Some(stem) = plain.strip_suffix("ies") {
        plain = format!("{stem}y");
    } else if let Some(stem) = plain.strip_suffix('s').filter(|stem| !stem.ends_with(['s', 'u'])) {
        plain = stem.to_owned();
    }
    plain
}
