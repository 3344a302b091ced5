//! Repositories in Java: the entity stands in the interface's type or name, the filters in the method's name.

use super::{Operation, OperationKind, filters::Filters};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Definition, Type},
};

/// `posts.findById(id)`, `posts.findByIdAndAuthor(id, caller)`, `posts.deleteById(id)`.
pub(super) fn read(call: Call<'_>) -> Option<Operation<'_>> {
    let receiver = call.receiver()?;
    let Definition::Instance(class) = receiver.resolve() else { return None };
    let entity = entity(call.project.class(class))?;
    let name = call.name();
    let verb = name.find("By").map_or(name, |place| &name[..place]);
    let mut kind = match verb {
        "find" | "get" | "read" | "findOne" | "getOne" | "getReference" | "findFirst"
        | "findTop" | "exists" | "count" => OperationKind::Read,
        "findAll" | "findAllDistinct" | "query" | "stream" => OperationKind::List,
        "delete" | "remove" | "deleteAll" => OperationKind::Delete,
        "save" | "saveAndFlush" | "insert" => OperationKind::Create,
        _ => return None,
    };
    let mut filters = Filters::default();
    let given: Vec<_> = call.positional().collect();
    match (name.split_once("By"), kind) {
        (Some((_, conditions)), _) => {
            for (field, value) in fields(conditions).iter().zip(&given) {
                filters.pair(field, *value);
            }
            if !filters.found.iter().any(|filter| super::is_key(&filter.field))
                && kind == OperationKind::Read
            {
                kind = OperationKind::List;
            }
        }
        (None, OperationKind::Read) => {
            filters.pair("id", *given.first()?);
            given.iter().skip(1).for_each(|other| filters.pair("other", *other));
        }
        // `delete(post)`: the row itself is handed in.
        (None, OperationKind::Delete) => {
            given.first().into_iter().for_each(|row| filters.pair("id", *row));
        }
        // `findAll(specification)`, `findAll(example, page)`.
        (None, OperationKind::List) => filters.is_opaque = given.len() > 1,
        _ => {}
    }
    Some(Operation {
        call,
        entity,
        kind,
        filters: filters.found,
        is_opaque: filters.is_opaque,
        data: (kind == OperationKind::Create).then(|| given.first().copied()).flatten(),
    })
}

/// `Post` of `interface PostRepository extends JpaRepository<Post, Long>`, or by its name alone of a
/// `PostRepository` or `PostDao` that the project fills in itself.
fn entity(class: Type<'_>) -> Option<Text> {
    let facts = class.project.facts(class.at.file);
    let stated = class.class().bases.iter().find_map(|&base| {
        let ExpressionKind::Index { object, index } = &facts[base].kind else { return None };
        facts.last_segment(*object).filter(|name| name.ends_with("Repository"))?;
        let first = match &facts[*index].kind {
            ExpressionKind::List(items) => *items.first()?,
            _ => *index,
        };
        facts.last_segment(first).map(Text::from)
    });
    let by_name = || {
        let suffixes = ["Repository", "Dao", "DAO"].into_iter();
        let mut stems = suffixes.filter_map(|suffix| class.name().strip_suffix(suffix));
        stems.find(|stem| !stem.is_empty()).map(Text::from)
    };
    stated.or_else(by_name)
}

/// The columns of a derived query: `id` and `userId` of `IdAndUser_IdOrderByNameDesc`.
fn fields(conditions: &str) -> Vec<String> {
    const OPERATORS: [&str; 10] = [
        "Is",
        "Equals",
        "In",
        "IgnoreCase",
        "Containing",
        "Like",
        "Between",
        "GreaterThan",
        "LessThan",
        "StartingWith",
    ];
    let conditions = conditions.split("OrderBy").next().unwrap_or_default();
    joined_by(conditions, "And")
        .into_iter()
        .flat_map(|part| joined_by(part, "Or"))
        .filter(|part| !part.is_empty())
        .map(|part| {
            let bare = OPERATORS
                .iter()
                .find_map(|operator| part.strip_suffix(operator).filter(|bare| !bare.is_empty()));
            let field: String =
                bare.unwrap_or(part).chars().filter(|character| *character != '_').collect();
            let mut characters = field.chars();
            let first = characters.next().into_iter().flat_map(char::to_lowercase);
            first.chain(characters).collect()
        })
        .collect()
}

/// The parts between a conjunction, which a capital letter follows: `Origin` is one word.
fn joined_by<'t>(text: &'t str, conjunction: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, _) in text.match_indices(conjunction) {
        let end = place + conjunction.len();
        if place > start && text[end..].starts_with(char::is_uppercase) {
            parts.push(&text[start..place]);
            start = end;
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn derived_queries_name_their_columns() {
        assert_eq!(fields("IdAndUser_Id"), ["id", "userId"]);
        assert_eq!(fields("EmailIgnoreCaseOrPhoneIn"), ["email", "phone"]);
        assert_eq!(fields("AuthorOrderByCreatedDesc"), ["author"]);
        assert_eq!(fields("OriginAndAndroidVersion"), ["origin", "androidVersion"]);
    }
}
