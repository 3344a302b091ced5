//! What a parameter is by its own declaration: name, annotation, decorators, default.

use super::{Sources, request};
use crate::{
    facts::{ExpressionId, ExpressionKind, Language, Parameter, ParameterKind, Text},
    project::{
        Body, Definition, In, Value,
        guards::{dependency::asked_by, split_words},
        routes::{Route, RouteKind},
    },
};

/// What parameter `number` is, if its declaration or the function's part as a handler tells.
pub(super) fn declared(
    body: Body<'_>,
    number: usize,
    handler: Option<RouteKind>,
    rest: &[Text],
) -> Option<Sources> {
    let parameter = &body.function().parameters[number];
    let language = body.project.file(body.at.file).language;
    let by_mark = parameter
        .decorators
        .iter()
        .find_map(|&id| decorated(body.project.value(In { file: body.at.file, id })));
    if let Some(known) = by_mark {
        return Some(if known == Sources::REQUEST_OBJECT { request::part(rest) } else { known });
    }
    if parameter.kind == ParameterKind::Receiver {
        return None;
    }
    match language {
        Language::Python => python(body, parameter, handler, rest),
        Language::Rust => rust(body, parameter, handler, rest),
        Language::Java => java(body, parameter),
        Language::Go => is_sent(body, parameter).then_some(Sources::REQUEST),
        _ if language.is_script() => script(body, number, handler, rest),
        _ => None,
    }
}

/// `NestJS` and Spring say what a parameter is by a decorator.
fn decorated(decorator: Value<'_>) -> Option<Sources> {
    let facts = decorator.project.facts(decorator.at.file);
    match facts.last_segment(decorator.at.id)? {
        "Body" | "Query" | "Param" | "Headers" | "RequestParam" | "PathVariable"
        | "RequestBody" | "RequestHeader" | "CookieValue" | "ModelAttribute" | "QueryParam"
        | "PathParam" | "FormParam" | "HeaderParam" | "CookieParam" | "MatrixParam"
        | "BeanParam" | "RestPath" | "RestQuery" | "RestForm" | "RestHeader" | "RestCookie"
        | "QueryValue" | "Header" | "Part" | "RequestBean" | "Args" | "UploadedFile" => {
            Some(Sources::REQUEST)
        }
        "Req" | "Request" | "Context" | "Ctx" => Some(Sources::REQUEST_OBJECT),
        name => names_caller(name).then_some(Sources::PRINCIPAL),
    }
}

fn script(
    body: Body<'_>,
    number: usize,
    handler: Option<RouteKind>,
    rest: &[Text],
) -> Option<Sources> {
    let parameter = &body.function().parameters[number];
    let name = parameter.name().map_or("", |name| name.as_str());
    match handler {
        // Whatever a server action is given, the browser chose.
        Some(RouteKind::Action) => Some(Sources::REQUEST),
        // A resolver gets its parent, the arguments that the client chose, and the context.
        Some(RouteKind::GraphQl) => match number {
            1 => Some(Sources::REQUEST),
            2 => Some(request::part(rest)),
            _ => None,
        },
        Some(_) => match (number, name) {
            // Next.js hands the parameters of the path on in the second.
            (1, _) if rest.first().is_some_and(|name| name == "params") || name == "params" => {
                Some(Sources::REQUEST)
            }
            (0, _) => Some(request::part(rest)),
            _ => None,
        },
        None => {
            let whole = [Text::from(name)];
            let is_request = matches!(name, "req" | "request" | "ctx" | "context" | "event");
            (is_request && !whole[0].is_empty()).then(|| request::part(rest))
        }
    }
}

fn python(
    body: Body<'_>,
    parameter: &Parameter,
    handler: Option<RouteKind>,
    rest: &[Text],
) -> Option<Sources> {
    let here = |id| body.project.value(In { file: body.at.file, id });
    let name = parameter.name().map_or("", |name| name.as_str());
    let annotation = parameter.annotation.map(|id| here(id).source()).unwrap_or_default();
    let default = parameter.default.map(|id| here(id).source()).unwrap_or_default();
    // Directly, or by an alias of another module: `DbSession = Annotated[Session, Depends(get_db)]`.
    let depends = asked_by(body).iter().any(|(asked, _)| *asked == parameter.name());
    if depends || annotation.ends_with("Dep") {
        // The session of a dependency is the database's.
        let is_caller = [name, annotation, default]
            .into_iter()
            .any(|text| caller_words(text).any(|word| word != "session"));
        return Some(if is_caller { Sources::PRINCIPAL } else { Sources::UNKNOWN });
    }
    let type_name = annotation.rsplit(['.', '[']).next().unwrap_or_default();
    if name == "request" || matches!(type_name, "Request" | "HttpRequest") {
        return Some(request::part(rest));
    }
    if handler? == RouteKind::GraphQl && !is_argument_of_field(body, parameter) {
        let is_parent = body.function().plain_parameters().next() == Some(parameter);
        return (!is_parent || is_info(body, parameter)).then(|| request::part(rest));
    }
    if matches!(type_name, "Response" | "BackgroundTasks" | "WebSocket") {
        return Some(Sources::UNKNOWN);
    }
    // `CurrentUser`: an annotated dependency under a name of its own.
    if names_caller(annotation) && annotation.contains("Current") {
        return Some(Sources::PRINCIPAL);
    }
    Some(Sources::REQUEST)
}

/// Is this one of the arguments that a client of a GraphQL server of Python sends to a field: neither what stands
/// above the field nor what its resolver is told?
pub(in crate::project) fn is_argument_of_field(body: Body<'_>, parameter: &Parameter) -> bool {
    let mut parameters = body.function().plain_parameters();
    let is_first = parameters.next() == Some(parameter);
    let next = parameters.next();
    let is_parent = is_first && next.is_some_and(|next| is_info(body, next));
    parameter.kind != ParameterKind::Receiver && !is_parent && !is_info(body, parameter)
}

/// What a resolver is told of the request: `info`, `_: Info`.
fn is_info(body: Body<'_>, parameter: &Parameter) -> bool {
    let named = parameter.name().is_some_and(|name| name.trim_start_matches('_') == "info");
    let facts = body.project.facts(body.at.file);
    let kind = parameter.annotation.and_then(|id| match &facts[id].kind {
        ExpressionKind::Index { object, .. } => facts.last_segment(*object),
        _ => facts.last_segment(id),
    });
    named || kind.is_some_and(|kind| kind.ends_with("Info"))
}

fn rust(
    body: Body<'_>,
    parameter: &Parameter,
    handler: Option<RouteKind>,
    rest: &[Text],
) -> Option<Sources> {
    handler?;
    let annotation = body.project.value(In { file: body.at.file, id: parameter.annotation? });
    let text = annotation.source();
    let outer = text.split(['<', '(']).next().unwrap_or_default();
    let outer = outer.rsplit("::").next().unwrap_or_default();
    match outer {
        "Path" | "Query" | "Json" | "Form" | "Multipart" | "Bytes" | "String" | "HeaderMap"
        | "TypedHeader" => Some(Sources::REQUEST),
        _ if names_caller(text) => Some(Sources::PRINCIPAL),
        // `headers.user`: what a guard of the project found out stands beside other things.
        _ if rest.first().is_some_and(|name| request::is_identity_name(name)) => {
            Some(Sources::PRINCIPAL)
        }
        _ if is_sent(body, parameter) => Some(Sources::REQUEST),
        // `/posts/<id>`: a part of the path is a parameter of the same name.
        _ if is_path_part(body, parameter) => Some(Sources::REQUEST),
        _ => Some(Sources::UNKNOWN),
    }
}

/// Is this parameter of a handler of the kind that is read out of a request: text, bytes, a map, or a type
/// that is read from text?
pub(in crate::project) fn is_sent(body: Body<'_>, parameter: &Parameter) -> bool {
    let by_type = body.project.routes_of(body.at).any(Route::fills_by_type);
    let Some(annotation) = parameter.annotation.filter(|_| by_type) else { return false };
    let annotation = body.project.value(In { file: body.at.file, id: annotation });
    // Go hands a context, a stream or what was sent.
    if body.project.file(body.at.file).language == Language::Go {
        let written = annotation.source();
        let is_answer = written.ends_with("Server") || written.contains("ServerStream[");
        return !written.ends_with("Context") && !is_answer;
    }
    let outer = annotation.source().split('<').next().unwrap_or_default();
    if matches!(
        outer.rsplit("::").next().unwrap_or_default(),
        "String"
            | "Bytes"
            | "HashMap"
            | "FormData"
            | "Vec"
            | "Request"
            | "Uuid"
            | "bool"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "f32"
            | "f64"
    ) {
        return true;
    }
    let Definition::Class(class) = annotation.resolve() else { return false };
    let class = body.project.class(class);
    let mut derived = class
        .class()
        .decorators
        .iter()
        .map(|&id| body.project.value(In { file: class.at.file, id }).source());
    derived.any(|derive| derive.contains("Deserialize"))
}

fn is_path_part(handler: Body<'_>, parameter: &Parameter) -> bool {
    let Some(name) = parameter.name() else { return false };
    handler.project.routes_of(handler.at).any(|route| {
        let parts = route.path.split(['/', '?', '&']);
        let named = parts.filter_map(|part| part.strip_prefix('<')?.strip_suffix('>'));
        named.into_iter().any(|part| part.trim_end_matches("..") == name.as_str())
    })
}

fn java(body: Body<'_>, parameter: &Parameter) -> Option<Sources> {
    let annotation = body.project.value(In { file: body.at.file, id: parameter.annotation? });
    let is_caller = matches!(
        annotation.source(),
        "Principal"
            | "Authentication"
            | "UserDetails"
            | "Jwt"
            | "OAuth2User"
            | "OidcUser"
            | "SecurityIdentity"
            | "JsonWebToken"
            | "SecurityContext"
    );
    if is_caller {
        return Some(Sources::PRINCIPAL);
    }
    let fills = body.project.routes_of(body.at).any(Route::fills_unmarked);
    (fills && is_filled(body, parameter)).then_some(Sources::REQUEST)
}

/// Does a framework of Java fill this parameter with data of the request, where no annotation says so: neither
/// the request as a whole nor something of the server's own?
pub(in crate::project) fn is_filled(body: Body<'_>, parameter: &Parameter) -> bool {
    let facts = body.project.facts(body.at.file);
    let is_handed = |id: &ExpressionId| {
        matches!(facts.last_segment(*id), Some("Context" | "Suspended" | "Auth" | "Inject"))
    };
    let kind = parameter.annotation.and_then(|id| facts.last_segment(id)).unwrap_or_default();
    let is_own = matches!(
        kind,
        "UriInfo"
            | "HttpHeaders"
            | "SecurityContext"
            | "Request"
            | "HttpRequest"
            | "AsyncResponse"
            | "SseEventSink"
            | "Sse"
            | "ContainerRequestContext"
            | "RoutingContext"
            | "Principal"
            | "Authentication"
            | "SecurityIdentity"
            | "JsonWebToken"
    );
    !is_own && !parameter.decorators.iter().any(is_handed)
}

fn names_caller(name: &str) -> bool {
    caller_words(name).next().is_some()
}

/// The words of a name that stand for who is calling.
fn caller_words(name: &str) -> impl Iterator<Item = String> {
    split_words(name).into_iter().filter(|word| {
        matches!(
            word.as_str(),
            "user"
                | "principal"
                | "identity"
                | "claims"
                | "auth"
                | "session"
                | "account"
                | "caller"
                | "viewer"
                | "uid"
                | "admin"
                | "member"
        )
    })
}
