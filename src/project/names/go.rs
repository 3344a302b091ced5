//! What Go's conversions and function types stand for.

use super::{Definition, Resolver};
use crate::{
    facts::{Argument, ClassKind, ExpressionKind, Language},
    project::{ClassRef, FileId, FunctionRef, In, Project},
};

impl Resolver<'_> {
    /// `http.HandlerFunc(serve)` is `serve`: a conversion to a type of functions changes nothing.
    pub(super) fn converted(
        &mut self,
        file: FileId,
        callee: &Definition,
        arguments: &[Argument],
    ) -> Option<Definition> {
        if self.project.file(file).language != Language::Go {
            return None;
        }
        let Definition::External(path) = callee else { return None };
        let [argument] = arguments else { return None };
        if !is_function_type(path) {
            return None;
        }
        let found = self.expression(In { file, id: argument.value });
        matches!(found, Definition::Function(_)).then_some(found)
    }

    /// Which function or handler a Go function returns that says only that it returns one.
    pub(super) fn returned_handler(
        &mut self,
        function: FunctionRef,
        found: &Definition,
    ) -> Option<Definition> {
        if self.project.file(function.file).language != Language::Go {
            return None;
        }
        let is_function = match found {
            Definition::External(path) => {
                let declared = path.strip_suffix("()").unwrap_or(path);
                matches!(declared, "func" | "net/http.Handler") || is_function_type(declared)
            }
            Definition::Instance(class) => self.project.is_function_type(*class),
            _ => false,
        };
        if !is_function {
            return None;
        }
        let returned = self.project.body(function).returned().last()?;
        let returned = self.expression(returned.at);
        matches!(
            returned,
            Definition::Function(_) | Definition::Instance(_) | Definition::External(_)
        )
        .then_some(returned)
        .filter(super::is_known)
    }
}

impl Resolver<'_> {
    /// The one type that a Go function returns which says only that it returns an interface.
    pub(super) fn returned_concrete(
        &mut self,
        function: FunctionRef,
        found: &Definition,
    ) -> Option<Definition> {
        let Definition::Instance(interface) = found else { return None };
        let is_interface =
            |class: ClassRef| self.project.facts(class.file)[class.id].kind == ClassKind::Interface;
        let is_go = self.project.file(function.file).language == Language::Go;
        if !is_go || !is_interface(*interface) {
            return None;
        }
        let mut only = None;
        for returned in self.project.body(function).returned() {
            let first = match returned.kind() {
                ExpressionKind::List(items) => returned.sibling(*items.first()?),
                _ => returned,
            };
            if matches!(first.kind(), ExpressionKind::Null) {
                continue;
            }
            let Definition::Instance(class) = self.expression(first.at) else { return None };
            if only.is_some_and(|only| only != class) {
                return None;
            }
            only = Some(class);
        }
        only.map(Definition::Instance)
    }
}

impl Project {
    /// A type of this project that is one of functions: `type extractor func(echo.Context) (string, error)`.
    pub(super) fn is_function_type(&self, class: ClassRef) -> bool {
        let facts = self.facts(class.file);
        let [base] = facts[class.id].bases.as_slice() else { return false };
        match &facts[*base].kind {
            ExpressionKind::Index { object, .. } => {
                matches!(&facts[*object].kind, ExpressionKind::Name(name) if name == "func")
            }
            _ => false,
        }
    }
}

fn is_function_type(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    path.contains('.')
        && !path.contains("()")
        && matches!(
            last,
            "HandlerFunc"
                | "MiddlewareFunc"
                | "Handler"
                | "Handle"
                | "UnaryServerInterceptor"
                | "StreamServerInterceptor"
                | "UnaryInterceptorFunc"
                | "UnaryFunc"
                | "StreamingHandlerFunc"
        )
        && path != "net/http.Handle"
}
