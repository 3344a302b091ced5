//! Where data of others comes in: parameters of handlers, and the parts of a request.

use super::{
    declared_types::{is_content_type, is_harmless_type, is_text_type},
    held::{Held, RECEIVER},
    kills::Kills,
    path_parameters,
    trace::{Mark, Note, Origin, Trace, with_step},
};
use crate::{
    facts::{
        ExpressionKind, Function, Language, Parameter, ParameterKind, Pattern, vocabulary::Meaning,
    },
    project::{
        Body, FunctionRef, In, Location, Project, Route, Value, guards::dependency::asked_by,
        provenance, routes::RouteKind,
    },
};

/// The part `name` of a request, whatever the framework calls it.
pub(super) fn member(name: &str, location: Location, request: &Trace) -> Held {
    let source = |origin| {
        let steps = with_step(&request.steps, location, Note::Read(origin));
        let trace = Trace {
            mark: Mark::Source(origin, location, name.into()),
            kills: request.kills,
            steps,
        };
        Held { traces: vec![trace], ..Held::default() }
    };
    match name {
        "body"
        | "query"
        | "params"
        | "headers"
        | "cookies"
        | "signedCookies"
        | "files"
        | "file"
        | "rawBody"
        | "url"
        | "originalUrl"
        | "hostname"
        | "args"
        | "form"
        | "json"
        | "values"
        | "data"
        | "GET"
        | "POST"
        | "FILES"
        | "META"
        | "COOKIES"
        | "query_params"
        | "path_params"
        | "view_args"
        | "match_info"
        | "nextUrl"
        | "URL"
        | "Header"
        | "Body"
        | "Form"
        | "PostForm"
        | "MultipartForm"
        | "Host"
        | "RequestURI"
        | "searchParams"
        | "path"
        | "full_path"
        | "query_string"
        | "stream"
        | "path_info"
        | "href"
        | "search"
        | "forms"
        | "match"
        | "rel_url"
        | "queryParams"
        | "queryStringParameters"
        | "pathParameters"
        | "multiValueHeaders"
        | "content_type"
        | "referrer"
        | "user_agent" => {
            let held = source(Origin::Request);
            // Values of these are texts, never objects.
            let is_text = !matches!(
                name,
                "body"
                    | "query"
                    | "json"
                    | "data"
                    | "values"
                    | "rawBody"
                    | "files"
                    | "file"
                    | "stream"
                    | "Body"
                    | "POST"
                    | "queryParams"
            );
            match name {
                // Django takes the folders off the names of files.
                "FILES" => held.killed(Kills::TEXT | Kills::PATH | Kills::NO_PARENT),
                _ if is_text => held.killed(Kills::TEXT),
                _ => held,
            }
        }
        "user" | "auth" | "principal" | "currentUser" | "identity" | "claims" | "userId"
        | "user_id" | "session" => source(Origin::Principal),
        "request" | "req" | "raw" | "Request" | "httpRequest" | "event" | "ctx" => {
            let trace = Trace { mark: Mark::Request(location), ..request.clone() };
            Held { traces: vec![trace], ..Held::default() }
        }
        "method" | "Method" | "protocol" | "scheme" | "is_json" | "is_secure" => Held::clean(),
        _ => Held::unknown(location),
    }
}

/// What a method of a request yields; `None` for methods that are no way in.
pub(super) fn method(name: &str, location: Location) -> Option<Held> {
    let held = match name {
        "param" | "query" | "queries" | "header" | "json" | "parseBody" | "formData" | "text"
        | "blob" | "arrayBuffer" | "get" | "body" | "form" | "getParameter"
        | "getParameterValues" | "getParameterMap" | "getParameterNames" | "getHeader"
        | "getHeaders" | "getHeaderNames" | "getCookies" | "getQueryString" | "getReader"
        | "getInputStream" | "getPart" | "getParts" | "getPathInfo" | "getRequestURI"
        | "getRequestURL" | "get_json" | "get_data" | "post" | "read" | "multipart" | "Param"
        | "Query" | "DefaultQuery" | "QueryArray" | "QueryMap" | "PostForm" | "PostFormArray"
        | "DefaultPostForm" | "FormValue" | "PostFormValue" | "PathValue" | "GetHeader"
        | "Cookie" | "Cookies" | "Params" | "QueryParam" | "QueryParams" | "FormParams"
        | "GetRawData" | "FormFile" | "MultipartForm" | "UserAgent" | "Referer" | "Get"
        | "BodyRaw" | "Body" | "get_argument" | "get_query_argument" | "get_body_argument"
        | "get_full_path" | "getlist" | "pathVariable" | "queryParam" | "bodyToMono"
        | "match_info" | "queryString" | "uri" | "headers" | "cookies" | "cookie" => {
            let held = Held::source(Origin::Request, location);
            let is_text = !matches!(
                name,
                "json"
                    | "parseBody"
                    | "body"
                    | "get_json"
                    | "get_data"
                    | "post"
                    | "read"
                    | "query"
                    | "queries"
                    | "bodyToMono"
                    | "Body"
                    | "get"
            );
            if is_text { held.killed(Kills::TEXT) } else { held }
        }
        "valid" => Held::source(Origin::Request, location).killed(Kills::VALIDATED),
        "getUserPrincipal" | "getRemoteUser" | "getSession" => {
            Held::source(Origin::Principal, location)
        }
        "getMethod" | "getServerPort" | "getContentLength" => Held::clean(),
        _ => return None,
    };
    Some(held)
}

/// What stands in a function's parameter when nothing is known about its callers.
pub(super) fn parameter(project: &Project, function: FunctionRef, number: usize) -> Held {
    let body = project.body(function);
    let parameter = &body.function().parameters[number];
    if parameter.kind == ParameterKind::Receiver {
        return Held::of(Mark::Parameter(RECEIVER, Vec::new()));
    }
    let position = u32::try_from(number).unwrap_or(u32::MAX - 1);
    let location = Location { file: function.file, span: parameter.span };
    declared_source(body, parameter, location)
        .unwrap_or_else(|| Held::of(Mark::Parameter(position, Vec::new())))
}

fn declared_source(body: Body<'_>, parameter: &Parameter, location: Location) -> Option<Held> {
    let function = body.function();
    let language = body.project.file(body.at.file).language;
    let name = parameter.name().map_or("", |name| name.as_str());
    let annotation = parameter.annotation.map(|id| In { file: body.at.file, id });
    let facts = body.project.facts(body.at.file);
    let is_validated = parameter.decorators.iter().any(|&id| {
        let path = body.project.value(In { file: body.at.file, id }).path();
        body.project.vocabulary().has(&path, Meaning::ValidateSchema)
    });
    // What a framework checks before it calls the handler.
    let is_checked = || {
        let mut routes = body.project.routes_of(body.at).peekable();
        routes.peek().is_some() && routes.all(|route| route.is_validated)
    };
    let is_body = |&id: &crate::facts::ExpressionId| facts.last_segment(id) == Some("Body");
    let is_validated = is_validated || parameter.decorators.iter().any(is_body) && is_checked();
    let from_request = || {
        let mut held = Held::source(Origin::Request, location);
        if is_validated {
            held = held.killed(Kills::VALIDATED);
        }
        if has_maximum(body, parameter) {
            held = held.killed(Kills::CAPPED);
        }
        if is_text_type(facts, parameter) || names_its_fields(body, parameter) {
            held = held.killed(Kills::PROJECTED);
        }
        match parameter.annotation.map(|id| &facts[id].kind) {
            Some(kind) if is_harmless_type(facts, kind) => held.killed(Kills::COERCED),
            Some(ExpressionKind::Name(name)) if is_content_type(name) => {
                held.killed(Kills::PATH | Kills::URL)
            }
            _ => held,
        }
    };
    if let Some(annotation) = annotation {
        let path = body.project.value(annotation).path();
        let vocabulary = body.project.vocabulary();
        if let Some(context) = context(body.project, &path, location) {
            return Some(context);
        }
        if vocabulary.has(&path, Meaning::RequestObject) {
            return Some(Held::of(Mark::Request(location)));
        }
        if vocabulary.has(&path, Meaning::RequestData) {
            let held = Held::source(Origin::Request, location);
            let inner = match &facts[annotation.id].kind {
                ExpressionKind::Index { index, .. } => Some(&facts[*index].kind),
                _ => None,
            };
            let harmless = inner.is_some_and(|kind| is_harmless_type(facts, kind));
            return Some(if harmless { held.killed(Kills::COERCED) } else { held });
        }
    }
    for &decorator in &parameter.decorators {
        if let Some(
            "RequestParam" | "PathVariable" | "RequestBody" | "RequestHeader" | "CookieValue"
            | "ModelAttribute" | "RequestPart" | "MatrixVariable" | "QueryParam" | "PathParam"
            | "FormParam" | "HeaderParam" | "CookieParam" | "Body" | "Query" | "Param" | "Headers"
            | "UploadedFile" | "UploadedFiles" | "Args" | "MatrixParam" | "BeanParam" | "RestPath"
            | "RestQuery" | "RestForm" | "RestHeader" | "RestCookie" | "QueryValue" | "Part"
            | "RequestBean" | "Header",
        ) = facts.last_segment(decorator)
        {
            return Some(from_request());
        }
        if let Some("Req" | "Request") = facts.last_segment(decorator) {
            return Some(Held::of(Mark::Request(location)));
        }
    }
    if language == Language::Java
        && body.project.routes_of(body.at).any(Route::fills_unmarked)
        && provenance::is_filled(body, parameter)
    {
        return Some(from_request());
    }
    if matches!(language, Language::Rust | Language::Go) && provenance::is_sent(body, parameter) {
        return Some(from_request());
    }
    let is_first = function.parameters.first() == Some(parameter);
    if is_first
        && let Some(route) = body.project.routes_of(body.at).next()
        && let Some(context) = context(body.project, route.context_type(), location)
    {
        return Some(context);
    }
    let takes_request = match language {
        Language::Python | Language::Notebook => name == "request",
        _ if language.is_script() => {
            matches!(name, "req" | "request")
                || is_event(function, parameter)
                || is_first && body.project.routes_of(body.at).any(Route::hands_request_first)
        }
        _ => false,
    };
    if takes_request {
        let request = Held::of(Mark::Request(location));
        return Some(if is_checked() { request.killed(Kills::VALIDATED) } else { request });
    }
    if function.directives.iter().any(|text| text == "use server")
        || (function.is_async
            && function.is_public
            && facts.directives.iter().any(|text| text == "use server"))
    {
        return Some(from_request());
    }
    if matches!(language, Language::Python)
        && let Some(held) = path_parameters::source(body, name, location)
    {
        return Some(if is_one_part(body, name) {
            held.killed(Kills::PATH | Kills::NO_PARENT)
        } else {
            held
        });
    }
    let is_python = matches!(language, Language::Python | Language::Notebook);
    let is_called = || {
        let mut routes = body.project.routes_of(body.at);
        routes.any(|route| matches!(route.kind, RouteKind::GraphQl | RouteKind::Action))
    };
    if is_python && provenance::is_argument_of_field(body, parameter) && is_called() {
        return Some(from_request());
    }
    let is_view = is_python && registers_route(body, function);
    let is_injected = parameter.default.is_some_and(|default| {
        matches!(facts.last_segment(default), Some("BackgroundTasks" | "Inject" | "Provide"))
    });
    let is_own =
        matches!(name, "self" | "cls" | "db" | "session" | "background_tasks" | "response");
    let by_annotation = match parameter.annotation {
        None => true,
        Some(annotation) => !mentions_injection(facts, &facts[annotation].kind),
    };
    // `Depends(get_db)`, also as `DbSession = Annotated[Session, Depends(get_db)]` of another module.
    let is_asked = || asked_by(body).iter().any(|(asked, _)| *asked == parameter.name());
    let is_given = is_view && !is_injected && !is_own && by_annotation && !is_asked();
    let held = is_given.then(from_request)?;
    Some(if is_one_part(body, name) { held.killed(Kills::PATH | Kills::NO_PARENT) } else { held })
}

/// Spring fills the fields of a form's object that its `@InitBinder` lets it fill.
fn names_its_fields(body: Body<'_>, parameter: &Parameter) -> bool {
    let facts = body.project.facts(body.at.file);
    let is_form = parameter
        .decorators
        .iter()
        .any(|&decorator| facts.last_segment(decorator) == Some("ModelAttribute"));
    is_form
        && body.class().is_some_and(|class| {
            class.methods().any(|method| {
                method
                    .calls()
                    .any(|call| matches!(call.name(), "setAllowedFields" | "setDisallowedFields"))
            })
        })
}

/// Servers of Python take a path apart after decoding it: one part of it holds no slash.
fn is_one_part(body: Body<'_>, name: &str) -> bool {
    body.project.routes_of(body.at).any(|route| {
        let parts = route.path.split('/').filter_map(|part| {
            let inside = part.strip_prefix(['{', '<'])?.strip_suffix(['}', '>'])?;
            Some(inside.split_once(':').unwrap_or(("", inside)))
        });
        // Frameworks write `<kind:name>` or `{name:kind}`.
        parts.into_iter().any(|(first, second)| {
            (first == name || second == name) && first != "path" && second != "path"
        })
    })
}

/// `limit: int = Query(20, le=100)`
fn has_maximum(body: Body<'_>, parameter: &Parameter) -> bool {
    let declared = parameter.default.into_iter().chain(parameter.annotation);
    declared.into_iter().any(|id| {
        let value = body.project.value(In { file: body.at.file, id });
        value.descendants().into_iter().filter_map(Value::as_call).any(|call| {
            ["le", "lt", "max_value", "max"].iter().any(|name| call.named(name).is_some())
        })
    })
}

/// What carries the request as one of its fields: Hono's and Koa's context.
fn context(project: &Project, path: &str, location: Location) -> Option<Held> {
    let rows = project.vocabulary().rows_of(path);
    let (_, row) = rows.iter().find(|(_, row)| row.means.contains(&Meaning::RequestContext))?;
    let fields = |key: &str| row.detail(key).unwrap_or_default().split(',').map(str::trim);
    let request = Held::of(Mark::Request(location));
    let mut held = Held::unknown(location);
    for name in fields("request") {
        held.set_field(name, request.clone());
    }
    for name in fields("data").filter(|name| !name.is_empty()) {
        held.set_field(name, request.field(name, location));
    }
    Some(held)
}

fn mentions_injection(facts: &crate::facts::Facts, kind: &ExpressionKind) -> bool {
    match kind {
        ExpressionKind::Index { index, .. } => mentions_injection(facts, &facts[*index].kind),
        ExpressionKind::List(items) => {
            items.iter().any(|&item| mentions_injection(facts, &facts[item].kind))
        }
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => {
            matches!(name.as_str(), "Session" | "AsyncSession" | "BackgroundTasks" | "Response")
        }
        _ => false,
    }
}

/// `@app.post("/x")`, `@router.get("/x")`, `@app.route("/x")`.
pub(super) fn registers_route(body: Body<'_>, function: &Function) -> bool {
    let project = body.project;
    function.decorators.iter().any(|&decorator| {
        let Some(call) = project.call(In { file: body.at.file, id: decorator }) else {
            return false;
        };
        let is_method = matches!(
            call.name(),
            "get" | "post" | "put" | "patch" | "delete" | "route" | "api_route" | "websocket"
        );
        let path = call.argument(0).or_else(|| call.named("path"));
        is_method && path.and_then(Value::text).is_some_and(|path| path.starts_with('/'))
    })
}

/// A handler whose routes have no part that a request chooses: the path of the request is one of them.
pub(super) fn has_fixed_path(body: Body<'_>, function: &Function) -> bool {
    let has_choice = |&decorator: &crate::facts::ExpressionId| {
        let call = body.project.call(In { file: body.at.file, id: decorator });
        let path = call.and_then(|call| call.argument(0).or_else(|| call.named("path")));
        path.and_then(Value::text).is_some_and(|path| path.contains(['<', '{', ':', '*']))
    };
    registers_route(body, function) && !function.decorators.iter().any(has_choice)
}

/// The one argument of `SvelteKit`'s, Remix's and Astro's functions: `({ request, params })`.
fn is_event(function: &Function, parameter: &Parameter) -> bool {
    let is_entry = matches!(
        function.name.as_str(),
        "GET"
            | "POST"
            | "PUT"
            | "PATCH"
            | "DELETE"
            | "loader"
            | "action"
            | "load"
            | "default"
            | "onRequest"
            | "onRequestPost"
            | "onRequestGet"
    );
    let takes_parts = match &parameter.pattern {
        Pattern::Fields { fields, .. } => fields
            .iter()
            .any(|(name, _)| matches!(name.as_str(), "request" | "params" | "searchParams")),
        pattern => pattern.as_name().is_some_and(|name| name == "event"),
    };
    is_entry && takes_parts
}
