//! Classes.
//!
//! A class body has no block in the facts: its assignments become fields, its functions methods. What
//! else runs there (calls, conditions, loops) becomes fields without a name, so that nothing is lost.

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtAssign, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use super::expression::operator_of;
use super::function::is_public;
use super::{Lowering, span_of};
use crate::facts::{Class, ClassId, ClassKind, ExpressionId, ExpressionKind, Field, Text};

impl Lowering<'_> {
    pub(super) fn class_definition(&mut self, definition: &StmtClassDef) -> ClassId {
        let decorators = self.decorators(&definition.decorator_list);
        let mut bases = Vec::new();
        let mut options = Vec::new();
        if let Some(arguments) = &definition.arguments {
            bases.extend(arguments.args.iter().map(|base| self.expression(base)));
            for keyword in &arguments.keywords {
                let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
                options.push((name.into(), self.expression(&keyword.value)));
            }
        }
        let name = Text::from(definition.name.as_str());
        let id = self.facts.add_class(Class {
            kind: self.class_kind(&bases),
            bases,
            options,
            decorators,
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: is_public(&name),
            span: span_of(definition.range()),
            name_span: span_of(definition.name.range()),
            name,
        });
        let body = self.take_docstring(&definition.body);
        self.class_body(id, body);
        id
    }

    /// An enumeration or a protocol says so by its base.
    fn class_kind(&self, bases: &[ExpressionId]) -> ClassKind {
        let last_name = |&base: &ExpressionId| match &self.facts[base].kind {
            ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => name.clone(),
            _ => Text::default(),
        };
        match bases.iter().map(last_name).find_map(|name| match name.as_str() {
            "Enum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag" => Some(ClassKind::Enumeration),
            "Protocol" => Some(ClassKind::Interface),
            _ => None,
        }) {
            Some(kind) => kind,
            None => ClassKind::Class,
        }
    }

    fn class_body(&mut self, class: ClassId, body: &[Stmt]) {
        for statement in body {
            self.class_statement(class, statement);
        }
    }

    fn class_statement(&mut self, class: ClassId, statement: &Stmt) {
        match statement {
            Stmt::FunctionDef(definition) => {
                let method = self.function_definition(definition, Some(class));
                self.facts.class_mut(class).methods.push(method);
            }
            Stmt::ClassDef(definition) => {
                let inner = self.class_definition(definition);
                let value = self.add(ExpressionKind::Class(inner), definition.range());
                self.add_field(class, definition.name.as_str(), Some(value), definition.range());
            }
            Stmt::Assign(node) => self.class_assignment(class, node),
            Stmt::AnnAssign(node) => {
                let annotation = Some(self.annotation(&node.annotation));
                let value = node.value.as_ref().map(|value| self.named_value(&node.target, value));
                let name = node.target.as_name_expr().map_or("", |name| name.id.as_str());
                let field = Field { annotation, ..field(name, value, node.range()) };
                self.facts.class_mut(class).fields.push(field);
            }
            Stmt::AugAssign(node) => {
                let kind = ExpressionKind::Assign {
                    target: self.expression(&node.target),
                    operator: operator_of(node.op),
                    value: self.expression(&node.value),
                };
                let value = self.add(kind, node.range());
                self.add_field(class, "", Some(value), node.range());
            }
            Stmt::Expr(node) => match node.value.as_ref() {
                Expr::StringLiteral(string) => {
                    self.add_string_comment(string.value.to_str(), node.range(), true);
                }
                Expr::EllipsisLiteral(_) => {}
                value => self.stray_value(class, value),
            },
            Stmt::If(node) => {
                self.stray_value(class, &node.test);
                self.class_body(class, &node.body);
                for clause in &node.elif_else_clauses {
                    clause.test.iter().for_each(|test| self.stray_value(class, test));
                    self.class_body(class, &clause.body);
                }
            }
            Stmt::For(node) => {
                self.stray_value(class, &node.iter);
                self.class_body(class, &node.body);
                self.class_body(class, &node.orelse);
            }
            Stmt::While(node) => {
                self.stray_value(class, &node.test);
                self.class_body(class, &node.body);
                self.class_body(class, &node.orelse);
            }
            Stmt::With(node) => {
                for item in &node.items {
                    self.stray_value(class, &item.context_expr);
                }
                self.class_body(class, &node.body);
            }
            Stmt::Try(node) => {
                self.class_body(class, &node.body);
                for ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    self.class_body(class, &handler.body);
                }
                self.class_body(class, &node.orelse);
                self.class_body(class, &node.finalbody);
            }
            Stmt::Match(node) => {
                self.stray_value(class, &node.subject);
                node.cases.iter().for_each(|case| self.class_body(class, &case.body));
            }
            Stmt::Raise(node) => {
                node.exc.iter().for_each(|exception| self.stray_value(class, exception));
            }
            Stmt::Assert(node) => self.stray_value(class, &node.test),
            Stmt::TypeAlias(node) => {
                let value = self.annotation(&node.value);
                let name = node.name.as_name_expr().map_or("", |name| name.id.as_str());
                self.add_field(class, name, Some(value), node.range());
            }
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            // A `return` here is a syntax error; what it returns is kept all the same.
            Stmt::Return(node) => {
                node.value.iter().for_each(|value| self.stray_value(class, value));
            }
            Stmt::Delete(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// `a = b = value` and `a, b = value` give one field a name; all share the value unless both sides
    /// have as many parts.
    fn class_assignment(&mut self, class: ClassId, node: &StmtAssign) {
        let value = self.named_value(&node.targets[0], &node.value);
        let parts = match &self.facts[value].kind {
            ExpressionKind::List(parts) => parts.clone(),
            _ => Vec::new(),
        };
        for target in &node.targets {
            match target {
                Expr::Name(name) => {
                    self.add_field(class, name.id.as_str(), Some(value), node.range());
                }
                Expr::Tuple(targets) => {
                    let same_length = targets.elts.len() == parts.len();
                    for (index, target) in targets.elts.iter().enumerate() {
                        let name = target.as_name_expr().map_or("", |name| name.id.as_str());
                        let part = if same_length { parts[index] } else { value };
                        self.add_field(class, name, Some(part), target.range());
                    }
                }
                place => {
                    let target = self.expression(place);
                    let kind = ExpressionKind::Assign { target, operator: None, value };
                    let assignment = self.add(kind, node.range());
                    self.add_field(class, "", Some(assignment), node.range());
                }
            }
        }
    }

    fn stray_value(&mut self, class: ClassId, value: &Expr) {
        let id = self.expression(value);
        self.add_field(class, "", Some(id), value.range());
    }

    fn add_field(
        &mut self,
        class: ClassId,
        name: &str,
        value: Option<ExpressionId>,
        range: TextRange,
    ) {
        self.facts.class_mut(class).fields.push(field(name, value, range));
    }
}

/// A field of the class itself, without an annotation yet.
fn field(name: &str, value: Option<ExpressionId>, range: TextRange) -> Field {
    Field {
        name: name.into(),
        annotation: None,
        value,
        decorators: Vec::new(),
        is_static: true,
        span: span_of(range),
    }
}
