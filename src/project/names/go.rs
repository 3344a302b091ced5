//! What Go's conversions and function types stand for.

use super::{Definition, Resolver};
use crate::{
    facts::{Argument, Language},
    project::{FileId, FunctionRef, In},
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
        let Definition::External(path) = found else { return None };
        let declared = path.strip_suffix("()").unwrap_or(path);
        if declared != "func" && !is_function_type(declared) && declared != "net/http.Handler" {
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

fn is_function_type(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    path.contains('.')
        && !path.contains("()")
        && matches!(last, "HandlerFunc" | "MiddlewareFunc" | "Handler" | "Handle")
        && path != "net/http.Handle"
}
