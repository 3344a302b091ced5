//! Spring: controllers and GraphQL data fetchers; servlets.

use super::{
    Application, Endpoint,
    annotations::{Annotation, annotations, class_annotations},
    lineage,
};
use crate::{
    facts::Text,
    project::{
        Type, Value,
        routes::{Draft, RouteKind, express::join_paths},
    },
};

pub(super) fn is_controller(class: Type<'_>) -> bool {
    class_annotations(class)
        .iter()
        .any(|annotation| matches!(annotation.name, "RestController" | "Controller"))
}

impl<'p> Application<'p> {
    pub(super) fn controller(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        if !is_controller(class) {
            return;
        }
        let lineage = lineage(class);
        let prefixes = lineage
            .iter()
            .find_map(|part| {
                let own = class_annotations(*part);
                own.iter().find(|own| own.name == "RequestMapping").map(Annotation::paths)
            })
            .unwrap_or_else(|| vec![Text::default()]);
        let mut seen: Vec<Text> = Vec::new();
        for part in lineage {
            for method in part.methods() {
                let name = &method.function().name;
                // One that is inherited may be written anew; several of its own may share a name.
                let written_anew = class.method(name).filter(|_| part.at != class.at);
                let handler = written_anew.unwrap_or(method);
                for annotation in annotations(method.decorators()) {
                    let Some(verbs) = mapped_verbs(&annotation) else { continue };
                    let mark = Text::from(format!("{name}{}", annotation.value.source()));
                    if seen.contains(&mark) {
                        continue;
                    }
                    seen.push(mark);
                    let paths = annotation.paths();
                    let paths = prefixes
                        .iter()
                        .flat_map(|prefix| paths.iter().map(move |path| join_paths(prefix, path)));
                    for path in paths {
                        let endpoint = Endpoint::new("spring", class, handler).at(annotation.value);
                        self.push(&self.answering(endpoint, verbs.clone(), &path), drafts);
                    }
                }
            }
        }
    }

    /// Where an endpoint of Spring answers that is written to answer below `path`.
    pub(super) fn answering(
        &self,
        endpoint: Endpoint<'p>,
        verbs: Vec<Text>,
        path: &str,
    ) -> Endpoint<'p> {
        let seen_path = join_paths("", &self.settings.filled(&endpoint.home, path));
        let path = join_paths(&self.served_below(&endpoint.home), &seen_path);
        Endpoint { seen_path, ..endpoint.answering(verbs, path) }
    }

    /// `@WebServlet("/orders")` with `doGet`, `doPost`.
    pub(super) fn servlet(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let Some(annotation) = own.iter().find(|own| own.name == "WebServlet") else { return };
        let mut paths = annotation.texts("value");
        if annotation.call.is_some_and(|call| call.named("urlPatterns").is_some()) {
            paths = annotation.texts("urlPatterns");
        }
        for method in class.methods() {
            let verb = match method.function().name.as_str() {
                "doGet" => "GET",
                "doPost" => "POST",
                "doPut" => "PUT",
                "doDelete" => "DELETE",
                "service" => "ANY",
                _ => continue,
            };
            for path in &paths {
                let endpoint = Endpoint::new("servlet", class, method)
                    .answering(vec![verb.into()], join_paths("", path));
                self.push(&endpoint, drafts);
            }
        }
    }

    /// GraphQL: `@MutationMapping`, `@DgsMutation`; `@Mutation` in a class with `@GraphQLApi`.
    pub(super) fn fetchers(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let is_api = class_annotations(class).iter().any(|own| own.name == "GraphQLApi");
        for method in class.methods() {
            for annotation in annotations(method.decorators()) {
                let option = |name: &str| annotation.call.and_then(|call| call.named(name));
                let parent = option("parentType").or_else(|| option("typeName"));
                let parent = parent.map(Value::source).unwrap_or_default();
                let verb = match annotation.name {
                    "MutationMapping" | "DgsMutation" => "MUTATION",
                    "QueryMapping" | "DgsQuery" => "QUERY",
                    "DgsData" | "SchemaMapping"
                        if parent.to_ascii_lowercase().contains("mutation") =>
                    {
                        "MUTATION"
                    }
                    "Mutation" if is_api => "MUTATION",
                    "Query" if is_api => "QUERY",
                    "Subscription" if is_api => "SUBSCRIPTION",
                    _ => continue,
                };
                let given = option("field").or_else(|| option("name"));
                let given = given.or_else(|| annotation.first("value").filter(|_| is_api));
                let given = given.and_then(Value::text);
                let name = given.unwrap_or(&method.function().name);
                let framework = if is_api { "microprofile-graphql" } else { "spring-graphql" };
                let endpoint = Endpoint {
                    kind: RouteKind::GraphQl,
                    methods: vec![verb.into()],
                    path: Text::from(format!("graphql {name}")),
                    seen_path: "/graphql".into(),
                    ..Endpoint::new(framework, class, method).at(annotation.value)
                };
                self.push(&endpoint, drafts);
            }
        }
    }
}

/// The methods that an annotation maps; none for other annotations.
fn mapped_verbs(annotation: &Annotation<'_>) -> Option<Vec<Text>> {
    let verb = match annotation.name {
        "GetMapping" => "GET",
        "PostMapping" => "POST",
        "PutMapping" => "PUT",
        "PatchMapping" => "PATCH",
        "DeleteMapping" => "DELETE",
        "RequestMapping" => {
            let given = annotation.call.and_then(|call| call.named("method"));
            let Some(given) = given else { return Some(vec!["ANY".into()]) };
            let items = given.items().unwrap_or_else(|| vec![given]);
            let named = items
                .into_iter()
                .map(|item| Text::from(item.source().rsplit('.').next().unwrap_or_default()));
            return Some(named.collect());
        }
        _ => return None,
    };
    Some(vec![verb.into()])
}
