//! What the frameworks of Python share: objects that carry routes, decorators, wrapped views.

use super::{
    Candidate, Draft, Handler, Root, RouteKind, Scope, What, express::join_paths, tree::Way,
};
use crate::{
    facts::{ExpressionKind, Language, Text, vocabulary::Meaning},
    project::{
        Body, Call, Declaration, Definition, ExpressionRef, FileId, FunctionRef, Origin, Project,
        Type, Value, guards::Mode,
    },
};

pub(super) mod handed_handler;
pub(super) mod loaded;

/// How many functions an object is followed through as an argument.
const HANDED_MAX: usize = 6;

/// How many bases deep a class is followed.
const BASES_MAX: usize = 12;

pub(super) fn is_python(project: &Project, file: FileId) -> bool {
    matches!(project.file(file).language, Language::Python | Language::Notebook)
}

/// The calls in Python files.
pub(super) fn calls(project: &Project) -> impl Iterator<Item = Call<'_>> {
    let files = project.units().filter(|(file, _)| is_python(project, *file));
    files.flat_map(|(file, _)| project.calls_in(file))
}

/// The functions in Python files.
pub(super) fn functions(project: &Project) -> impl Iterator<Item = Body<'_>> {
    project.functions().filter(|body| is_python(project, body.at.file))
}

/// The library path of a value; for one of a class of this project, that of its nearest base outside.
pub(super) fn library_path(value: Value<'_>) -> Text {
    match value.project.resolve_value(value.at) {
        Definition::Instance(class) => {
            let outside = ancestry(value.project.class(class)).1.into_iter().next();
            outside.map_or_else(Text::default, |path| Text::from(format!("{path}()")))
        }
        definition => value.project.path_of(&definition),
    }
}

/// The library path of what a call creates, without looking the call up again.
pub(super) fn created_path(call: Call<'_>) -> Text {
    let outside = match call.target() {
        Definition::External(path) => Some(path.clone()),
        Definition::Class(class) => ancestry(call.project.class(*class)).1.into_iter().next(),
        _ => None,
    };
    outside.map_or_else(Text::default, |path| Text::from(format!("{path}()")))
}

/// A class and its bases within the project, nearest first, and the paths of those outside.
pub(super) fn ancestry(class: Type<'_>) -> (Vec<Type<'_>>, Vec<Text>) {
    fn follow<'p>(class: Type<'p>, inside: &mut Vec<Type<'p>>, outside: &mut Vec<Text>) {
        if inside.len() >= BASES_MAX || inside.iter().any(|known| known.at == class.at) {
            return;
        }
        inside.push(class);
        for base in bases(class) {
            match base.resolve() {
                Definition::Class(at) => follow(class.project.class(at), inside, outside),
                definition => outside.push(class.project.path_of(&definition)),
            }
        }
    }
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    follow(class, &mut inside, &mut outside);
    (inside, outside)
}

/// The bases as written.
pub(super) fn bases(class: Type<'_>) -> impl Iterator<Item = Value<'_>> {
    let written = class.class().bases.iter();
    written.map(move |&id| class.project.value(ExpressionRef { file: class.at.file, id }))
}

/// The value of a class attribute, its own or inherited within the project.
pub(super) fn attribute<'p>(class: Type<'p>, name: &str) -> Option<Value<'p>> {
    ancestry(class).0.into_iter().find_map(|class| {
        let field = class.class().fields.iter().find(|field| field.name == name)?;
        let id = field.value?;
        Some(class.project.value(ExpressionRef { file: class.at.file, id }))
    })
}

/// The method of a class, its own or inherited within the project.
pub(super) fn method<'p>(class: Type<'p>, name: &str) -> Option<Body<'p>> {
    let classes = ancestry(class).0.into_iter();
    classes.flat_map(Type::methods).find(|method| method.function().name == name)
}

/// The objects of a kind that an expression may be, followed through parameters to the callers.
pub(super) fn objects(object: Value<'_>, is_wanted: fn(&str) -> bool) -> Vec<ExpressionRef> {
    fn follow(
        object: Value<'_>,
        is_wanted: fn(&str) -> bool,
        found: &mut Vec<ExpressionRef>,
        hops: usize,
    ) {
        let project = object.project;
        match project.origin(object.at) {
            Origin::Created(created)
                if is_wanted(&library_path(project.value(created)))
                    && !found.contains(&created) =>
            {
                found.push(created);
            }
            // `app = mount_gradio_app(app, page)` hands the application back.
            Origin::Created(created) if hops < HANDED_MAX => {
                let call = project.call(created).filter(|call| call.means(Meaning::WrapHandler));
                if let Some(inner) = call.and_then(|call| call.argument(0)) {
                    follow(inner, is_wanted, found, hops + 1);
                }
            }
            Origin::Parameter(function, position) if hops < HANDED_MAX => {
                for caller in project.callers_beside(function) {
                    if let Some(argument) = handed(caller, function, position) {
                        follow(argument, is_wanted, found, hops + 1);
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let element = object.elements();
    if element.is_empty() {
        follow(object, is_wanted, &mut found, 0);
    }
    for item in element {
        follow(item, is_wanted, &mut found, 0);
    }
    found
}

/// What a caller hands to the parameter at `position`, the receiver counted.
fn handed(caller: Call<'_>, function: FunctionRef, position: u32) -> Option<Value<'_>> {
    let declared = caller.project.body(function).function();
    let name = declared.parameters.get(position as usize)?.name()?;
    let receivers = declared.parameters.len() - declared.plain_parameters().count();
    let place = (position as usize).checked_sub(receivers)?;
    caller.named(name).or_else(|| caller.argument(place))
}

/// What stands for a part of a path that is not written in the project.
pub(super) const UNKNOWN: &str = "{unknown}";

/// The path that a value spells. Where a part of it is unknown, a text that the same name is bound to
/// is preferred.
pub(super) fn path_text(value: Value<'_>) -> Text {
    let text = spelled(value);
    if text.contains(UNKNOWN) { bound_text(value).unwrap_or(text) } else { text }
}

fn spelled(value: Value<'_>) -> Text {
    let constant = value.constant();
    match constant.kind() {
        ExpressionKind::Text(text) | ExpressionKind::Regex(text) => text.clone(),
        ExpressionKind::Null => Text::default(),
        ExpressionKind::Concat(parts) => parts
            .iter()
            .map(|&part| path_text(constant.sibling(part)).to_string())
            .collect::<String>()
            .into(),
        ExpressionKind::Operation { operands, .. } if operands.len() > 1 => {
            // `settings.PREFIX or ""`, `PREFIX + "/x"` without a literal.
            operands
                .iter()
                .map(|&part| path_text(constant.sibling(part)).to_string())
                .collect::<String>()
                .into()
        }
        _ => default_of_environment(constant).unwrap_or_else(|| UNKNOWN.into()),
    }
}

/// `^users/(?P<id>\d+)/$` is `users/<id>/`.
pub(super) fn expression_path(expression: &str) -> Text {
    let mut path = String::new();
    let mut depth = 0_u32;
    let mut group = String::new();
    for character in expression.trim_start_matches('^').trim_end_matches('$').chars() {
        match character {
            '(' => {
                depth += 1;
                group.push(character);
            }
            ')' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let name = group.split_once("?P<").and_then(|(_, rest)| rest.split_once('>'));
                    path.push('<');
                    path.push_str(name.map_or("", |(name, _)| name));
                    path.push('>');
                    group.clear();
                }
            }
            other if depth > 0 => group.push(other),
            '\\' | '?' => {}
            other => path.push(other),
        }
    }
    path.into()
}

/// `prefix = ""`, bound again where something is set: the text it begins with.
fn bound_text(value: Value<'_>) -> Option<Text> {
    let ExpressionKind::Name(name) = value.kind() else { return None };
    let unit = value.project.unit(value.at.file);
    let declared = unit.index.declarations(value.function().at.id, name).iter();
    declared
        .filter_map(|declared| match declared {
            Declaration::Bound { value: Some(id), steps, .. } if steps.is_empty() => Some(*id),
            _ => None,
        })
        .find_map(|id| value.sibling(id).kind().as_text())
        .map(Text::from)
}

/// `os.getenv("PREFIX", "/api")`: the value it has when nobody sets it.
fn default_of_environment(value: Value<'_>) -> Option<Text> {
    let call = value.as_call().filter(|call| call.means(Meaning::ReadEnvironment))?;
    call.argument(1)?.text().map(Text::from)
}

/// The methods that an option lists, upper case.
pub(super) fn methods(value: Option<Value<'_>>, otherwise: &[&str]) -> Vec<Text> {
    let items = value.and_then(Value::items).unwrap_or_default();
    let listed: Vec<Text> = items
        .iter()
        .filter_map(|item| item.text())
        .map(|text| text.to_ascii_uppercase().into())
        .collect();
    if listed.is_empty() { otherwise.iter().map(|&method| method.into()).collect() } else { listed }
}

/// Something in a guard's position, named as it is written.
pub(super) fn candidate(value: Value<'_>, scope: Scope, mode: Mode) -> Candidate {
    let line = value.source().lines().next().unwrap_or_default();
    let name = line.char_indices().nth(80).map_or(line, |(end, _)| &line[..end]);
    Candidate {
        what: What::Expression(value.at),
        name: name.into(),
        location: value.location(),
        scope,
        mode,
    }
}

/// A function or class in a guard's position.
pub(super) fn candidate_definition(
    project: &Project,
    definition: Definition,
    at: Value<'_>,
    scope: Scope,
    mode: Mode,
) -> Candidate {
    let name = match &definition {
        Definition::Function(function) => project.body(*function).name(),
        Definition::Class(class) => project.class(*class).name().into(),
        definition => project.path_of(definition),
    };
    Candidate { what: What::Definition(definition), name, location: at.location(), scope, mode }
}

/// The decorators of a function from number `first` on, as guards that wrap it.
pub(super) fn decorators_from(body: Body<'_>, first: usize) -> Vec<Candidate> {
    body.decorators()
        .skip(first)
        .filter(|decorator| !is_harmless(*decorator))
        .map(|decorator| {
            let wrapper = candidate(decorator, Scope::Wrapper, Mode::Wrapper);
            match imported_first(body, decorator) {
                Some(definition) => Candidate { what: What::Definition(definition), ..wrapper },
                None => wrapper,
            }
        })
        .collect()
}

/// What `@protected` means where a function of that name only follows, or is the one below it: what was
/// imported under the name.
fn imported_first(body: Body<'_>, decorator: Value<'_>) -> Option<Definition> {
    let callee = decorator.as_call().map_or(decorator, Call::callee_value);
    let ExpressionKind::Name(name) = callee.kind() else { return None };
    let Definition::Function(found) = callee.resolve() else { return None };
    let follows = found.file == body.at.file
        && body.project.body(found).function().span.start >= body.function().span.start;
    if !follows {
        return None;
    }
    let unit = body.unit();
    let import = unit.facts.imports.iter().find(|import| import.local == *name)?;
    let imported = import.name.as_ref()?;
    Some(match body.project.modules().resolve(&unit.file, &import.module) {
        Some(file) => body.project.resolve_export(file, imported),
        None => Definition::External(Text::from(format!("{}.{imported}", import.module))),
    })
}

/// The decorators above number `end`: what they wrap is not what that one registered.
pub(super) fn decorators_behind(body: Body<'_>, end: usize) -> Vec<Candidate> {
    body.decorators()
        .take(end)
        .filter(|decorator| !is_harmless(*decorator))
        .map(|decorator| candidate(decorator, Scope::Behind, Mode::Wrapper))
        .collect()
}

/// Decorators of libraries that ask for something else than who is calling, whatever their names say.
fn is_harmless(decorator: Value<'_>) -> bool {
    let path = decorator.as_call().map_or_else(|| decorator.path(), |call| call.path().into());
    ["django.views.", "django.db.", "django.utils.", "rest_framework.decorators.", "functools."]
        .into_iter()
        .any(|library| path.starts_with(library))
}

/// `login_required(csrf_exempt(view))`: the view, and what wraps it, outermost first.
pub(super) fn unwrapped(view: Value<'_>) -> (Value<'_>, Vec<Candidate>) {
    let mut view = view;
    let mut wrappers = Vec::new();
    while let Some(call) = view.as_call() {
        let Some(inner) = call.argument(0).filter(|_| call.name() != "as_view") else { break };
        let is_view = matches!(
            inner.resolve(),
            Definition::Function(_) | Definition::Class(_) | Definition::Parameter(..)
        ) || inner.as_call().is_some();
        // `login_required(report)`, both of a library.
        let of_library = |value: Value<'_>| matches!(value.resolve(), Definition::External(path) if path.contains('.'));
        let is_of_library = of_library(inner) && of_library(call.callee_value());
        if !is_view && !is_of_library {
            break;
        }
        wrappers.push(candidate(call.callee_value(), Scope::Wrapper, Mode::Wrapper));
        view = inner;
    }
    (view, wrappers)
}

/// The class of `Class.as_view(…)`.
pub(super) fn viewed_class(value: Value<'_>) -> Option<Type<'_>> {
    let call = value.as_call().filter(|call| call.name() == "as_view")?;
    match call.receiver()?.resolve() {
        Definition::Class(class) => Some(value.project.class(class)),
        _ => None,
    }
}

/// A route below each way to its object.
pub(super) struct Registered<'r> {
    pub(super) framework: &'static str,
    pub(super) kind: RouteKind,
    pub(super) methods: Vec<Text>,
    pub(super) path: &'r str,
    pub(super) at: Value<'r>,
    pub(super) handler: Handler,
    pub(super) guards: Vec<Candidate>,
}

impl Registered<'_> {
    /// One draft for each way and method.
    pub(super) fn drafts(&self, ways: &[Way<ExpressionRef>], drafts: &mut Vec<Draft>) {
        for way in ways {
            for method in &self.methods {
                let mut chain = way.chain.clone();
                chain.extend(self.guards.iter().cloned());
                drafts.push(Draft {
                    kind: self.kind,
                    method: method.clone(),
                    path: join_paths(&way.path, self.path),
                    framework: self.framework,
                    location: self.at.location(),
                    handler: self.handler.clone(),
                    chain,
                    mount: way.mount(),
                    root: Some(Root::Router(self.at.project.value(way.top).location())),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::expression_path;

    #[test]
    fn a_regular_expression_reads_as_a_path() {
        assert_eq!(expression_path(r"^users/(?P<id>\d+)/$"), "users/<id>/");
        assert_eq!(expression_path("^$"), "");
    }
}
