//! Decorators, and those that stand for others: `Auth()` that applies `UseGuards(…)`.

use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{Body, Call, Definition, In, Type, Value},
};

/// How deep decorators are made of decorators.
const DEPTH_MAX: usize = 4;

#[derive(Clone, Copy)]
pub(super) struct Decorator<'p> {
    pub(super) value: Value<'p>,
    pub(super) call: Option<Call<'p>>,
}

pub(super) fn of_class(class: Type<'_>) -> Vec<Decorator<'_>> {
    let written = class.class().decorators.iter();
    let values = written.map(|&id| class.project.value(In { file: class.at.file, id }));
    values.flat_map(|value| Decorator::of(value).applied(DEPTH_MAX)).collect()
}

pub(super) fn of_method(method: Body<'_>) -> Vec<Decorator<'_>> {
    method.decorators().flat_map(|value| Decorator::of(value).applied(DEPTH_MAX)).collect()
}

/// The version that one of the decorators says.
pub(super) fn version(decorators: &[Decorator<'_>]) -> Option<Text> {
    let version = decorators.iter().find(|decorator| decorator.name() == "Version")?;
    version.call?.argument(0).and_then(version_text)
}

/// Does one of the decorators check what comes in against its declared class?
pub(super) fn validates(decorators: &[Decorator<'_>]) -> bool {
    let pipes = decorators.iter().filter(|decorator| decorator.name() == "UsePipes");
    pipes.filter_map(|decorator| decorator.call).any(|call| call.positional().any(is_pipe))
}

/// `new ValidationPipe()`, or a pipe of the project that checks against a schema.
pub(super) fn is_pipe(value: Value<'_>) -> bool {
    let project = value.project;
    match project.resolve_value(value.at) {
        Definition::External(path) => {
            let path = path.trim_end_matches("()");
            project.vocabulary().has(path, Meaning::ValidateSchema) && !path.contains(".Parse")
        }
        Definition::Class(class) | Definition::Instance(class) => {
            let transform = project.class(class).method("transform");
            transform.is_some_and(|body| {
                body.calls_within().any(|call| call.means(Meaning::ValidateSchema))
            })
        }
        _ => false,
    }
}

/// A class whose fields say what they may hold, or one made of a schema.
pub(super) fn declares_schema(annotation: Value<'_>) -> bool {
    let project = annotation.project;
    let declares = |value: Value<'_>| {
        let path =
            Decorator::of(value).call.map_or_else(|| value.path(), |call| call.path().into());
        project.vocabulary().has(&path, Meaning::DeclareSchema)
    };
    let Definition::Instance(class) = project.instance_of(annotation.at) else { return false };
    super::lineage(project.class(class)).into_iter().any(|class| {
        let here = |id| project.value(In { file: class.at.file, id });
        let fields = class.class().fields.iter();
        let in_fields = fields.flat_map(|field| &field.decorators).any(|&id| declares(here(id)));
        // `PartialType(CreateDto)`, `createZodDto(schema)`.
        in_fields
            || class.class().bases.iter().any(|&base| {
                here(base).as_call().is_some_and(|call| {
                    call.means(Meaning::DeclareSchema)
                        || call.argument(0).is_some_and(
                            |of| matches!(of.resolve(), Definition::Class(of) if of != class.at),
                        )
                })
            })
    })
}

fn version_text(value: Value<'_>) -> Option<Text> {
    match value.items() {
        Some(items) => items.first().and_then(|first| first.text()).map(Text::from),
        None => value.text().map(Text::from),
    }
}

impl<'p> Decorator<'p> {
    pub(super) fn of(value: Value<'p>) -> Self {
        Self { value, call: value.as_call() }
    }

    /// The last name: `Get` of `@Get("/")`.
    pub(super) fn name(&self) -> &'p str {
        match self.call {
            Some(call) => call.name(),
            None => self.value.source().rsplit('.').next().unwrap_or_default().trim_matches('@'),
        }
    }

    /// What it stands for: the decorators that a function of the project puts together, or itself.
    fn applied(self, depth: usize) -> Vec<Self> {
        let made = self.call.and_then(Call::callee).and_then(|maker| maker.returned().last());
        let Some(made) = made.and_then(Value::as_call).filter(|_| depth > 0) else {
            return vec![self];
        };
        if made.name() != "applyDecorators" {
            // `Public()` of `const Public = () => SetMetadata(…)`.
            let inner = Self { value: made.value(), call: Some(made) };
            return vec![self, inner];
        }
        let parts = made.positional().flat_map(|part| Self::of(part).applied(depth - 1));
        std::iter::once(self).chain(parts).collect()
    }

    /// The paths of a decorator of a controller or a method; one that is empty where it says none.
    pub(super) fn paths(&self) -> Vec<Text> {
        let given = self.call.and_then(|call| {
            let first = call.argument(0)?;
            Some(first.entry("path").given().unwrap_or(first))
        });
        let Some(given) = given else { return vec![Text::default()] };
        let all = given.items().unwrap_or_else(|| vec![given]);
        let is_options =
            given.entry("version").given().is_some() || given.entry("host").given().is_some();
        if is_options {
            return vec![Text::default()];
        }
        all.into_iter().map(|path| path.text().map_or("/:?".into(), Text::from)).collect()
    }

    pub(super) fn version(&self) -> Option<Text> {
        self.call?.argument(0)?.entry("version").given().and_then(version_text)
    }
}
