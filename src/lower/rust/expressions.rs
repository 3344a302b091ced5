//! Expressions. What Rust writes as an expression but the facts hold as a statement (`if`, `match`,
//! loops, `return`) becomes `Branches` where its value is used.

use syn::{
    BinOp, Expr, ExprCall, ExprClosure, ExprMethodCall, ExprStruct, Lit, Member, Pat, Path,
    PathArguments, QSelf, ReturnType, Stmt, UnOp, punctuated::Punctuated, token::Comma,
};

use crate::facts::{
    Argument, Block, CallStyle, ExpressionId, ExpressionKind, Function, FunctionId, Operator,
    Parameter, ParameterKind, Span, StatementKind, Text,
};

use super::{
    Lowering, plain, shortened,
    spans::{end_of_path, span_of_literal, start_of},
    statements::Tail,
};

impl Lowering {
    pub(super) fn expression(&mut self, expression: &Expr) -> ExpressionId {
        let span = self.span_of(expression);
        let kind = match expression {
            // No change of value that any rule looks at.
            Expr::Paren(node) => return self.widened(&node.expr, span),
            Expr::Group(node) => return self.expression(&node.expr),
            Expr::Reference(node) => return self.expression(&node.expr),
            Expr::RawAddr(node) => return self.expression(&node.expr),
            Expr::Unary(node) => match &node.op {
                UnOp::Not(_) => self.operation(Operator::Not, &[&node.expr]),
                UnOp::Neg(_) => self.operation(Operator::Negate, &[&node.expr]),
                _ => return self.expression(&node.expr),
            },

            Expr::Path(node) => return self.path(node.qself.as_ref(), &node.path),
            Expr::Lit(node) => literal(&node.lit),
            Expr::Infer(_) => ExpressionKind::Name(Text::const_new("_")),
            Expr::Field(node) => {
                let object = self.expression(&node.base);
                ExpressionKind::Member { object, name: name_of_member(&node.member) }
            }
            Expr::Index(node) => {
                let object = self.expression(&node.expr);
                let index = self.expression(&node.index);
                ExpressionKind::Index { object, index }
            }
            Expr::Call(node) => self.call(node),
            Expr::MethodCall(node) => self.method_call(node),
            Expr::Struct(node) => self.structure(node),
            Expr::Macro(node) => return self.macro_value(&node.mac),
            Expr::Await(node) => ExpressionKind::Await(self.expression(&node.base)),
            Expr::Try(node) => ExpressionKind::Propagate(self.expression(&node.expr)),
            Expr::Cast(node) => {
                let value = self.expression(&node.expr);
                ExpressionKind::Cast { value, to: self.type_expression(&node.ty) }
            }
            Expr::Binary(node) => match (assigning_operator(&node.op), &node.op) {
                (Some(operator), _) => {
                    let target = self.expression(&node.left);
                    let value = self.expression(&node.right);
                    ExpressionKind::Assign { target, operator: Some(operator), value }
                }
                (None, BinOp::Add(_)) => self.sum(expression),
                (None, operator) => {
                    self.operation(plain_operator(operator), &[&node.left, &node.right])
                }
            },
            Expr::Assign(node) => {
                let target = self.expression(&node.left);
                let value = self.expression(&node.right);
                ExpressionKind::Assign { target, operator: None, value }
            }
            Expr::Range(node) => {
                let ends = [&node.start, &node.end].into_iter().flatten();
                let operands = ends.map(|end| self.expression(end)).collect();
                ExpressionKind::Operation { operator: Operator::Range, operands }
            }
            Expr::Let(node) => {
                let value = self.expression(&node.expr);
                let pattern = self.pattern_expression(&node.pat);
                ExpressionKind::Operation {
                    operator: Operator::Equal,
                    operands: vec![value, pattern],
                }
            }
            Expr::Array(node) => ExpressionKind::List(self.expressions(&node.elems)),
            Expr::Tuple(node) if node.elems.is_empty() => ExpressionKind::Null,
            Expr::Tuple(node) => ExpressionKind::List(self.expressions(&node.elems)),
            Expr::Repeat(node) => self.repeated(&node.expr, &node.len, span),
            Expr::Closure(node) => ExpressionKind::Function(self.closure(node)),
            Expr::Async(node) => ExpressionKind::Function(self.async_block(node)),
            Expr::Yield(node) => {
                ExpressionKind::Yield(node.expr.as_ref().map(|value| self.expression(value)))
            }
            Expr::Verbatim(tokens) => return self.tokens_value(tokens),

            // A block that only holds a value is that value.
            Expr::Block(node) if node.label.is_none() && only_value(&node.block).is_some() => {
                return match only_value(&node.block) {
                    Some(value) => self.widened(value, span),
                    None => self.add(ExpressionKind::Null, span),
                };
            }
            control => {
                let mut block = Block::new();
                self.control(control, Tail::Value, &mut block);
                match block.last() {
                    Some(&statement) if block.len() == 1 => ExpressionKind::Branches(statement),
                    // `break value` is two statements.
                    Some(_) => ExpressionKind::Branches(
                        self.facts.add_statement(StatementKind::Block(block), span),
                    ),
                    None => ExpressionKind::Other(Vec::new()),
                }
            }
        };
        self.add(kind, span)
    }

    pub(super) fn expressions(
        &mut self,
        expressions: &Punctuated<Expr, Comma>,
    ) -> Vec<ExpressionId> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    /// A value in parentheses or braces: the same value, with the brackets in its span.
    fn widened(&mut self, expression: &Expr, span: Span) -> ExpressionId {
        let inner = self.expression(expression);
        self.facts.expressions[inner.0 as usize].span = span;
        inner
    }

    fn operation(&mut self, operator: Operator, operands: &[&Expr]) -> ExpressionKind {
        let operands = operands.iter().map(|operand| self.expression(operand)).collect();
        ExpressionKind::Operation { operator, operands }
    }

    /// `[value; length]` is a list of one, several times.
    pub(super) fn repeated(&mut self, value: &Expr, length: &Expr, span: Span) -> ExpressionKind {
        let value = self.expression(value);
        let list = self.add(ExpressionKind::List(vec![value]), span);
        let length = self.expression(length);
        ExpressionKind::Operation { operator: Operator::Multiply, operands: vec![list, length] }
    }

    /// `a::b::c`, generic arguments left out; `<T as Trait>::f` is `T::f`.
    pub(super) fn path(&mut self, qualified: Option<&QSelf>, path: &Path) -> ExpressionId {
        let mut object = qualified.map(|own| self.type_expression(&own.ty));
        let skipped = if let Some(own) = qualified {
            own.position.min(path.segments.len())
        } else {
            let names = path.segments.iter().map(|part| &part.ident);
            self.segments_inside_file(names).min(path.segments.len().saturating_sub(1))
        };
        let start = match object {
            Some(own) => self.place_of(own).start,
            None => self.span_of_path(path).start,
        };
        for segment in path.segments.iter().skip(skipped) {
            let name = plain(&segment.ident);
            let end = self.place(segment.ident.span()).end;
            let kind = match object {
                Some(object) => ExpressionKind::Member { object, name },
                None => ExpressionKind::Name(name),
            };
            object = Some(self.add(kind, Span::new(start, end)));
        }
        object.unwrap_or_else(|| {
            let span = self.span_of_path(path);
            self.add(ExpressionKind::Other(Vec::new()), span)
        })
    }

    /// Like [`Lowering::path`], with generic arguments: for types.
    pub(super) fn generic_path(&mut self, qualified: Option<&QSelf>, path: &Path) -> ExpressionId {
        let base = self.path(qualified, path);
        let Some(last) = path.segments.last() else { return base };
        let arguments = match &last.arguments {
            PathArguments::None => return base,
            PathArguments::AngleBracketed(arguments) => self.generic_arguments(arguments),
            PathArguments::Parenthesized(arguments) => {
                let mut types: Vec<_> =
                    arguments.inputs.iter().map(|input| self.type_expression(&input.ty)).collect();
                if let ReturnType::Type(_, output) = &arguments.output {
                    types.push(self.type_expression(output));
                }
                types
            }
        };
        let end = self.place(end_of_path(path)).end;
        self.indexed(base, arguments, end)
    }

    /// `base<arguments>`; without arguments the base itself.
    fn indexed(
        &mut self,
        base: ExpressionId,
        arguments: Vec<ExpressionId>,
        end: u32,
    ) -> ExpressionId {
        let span = Span::new(self.place_of(base).start, end);
        let index = match arguments[..] {
            [] => return base,
            [only] => only,
            [first, .., last] => {
                let inside = Span::new(self.place_of(first).start, self.place_of(last).end);
                self.add(ExpressionKind::List(arguments), inside)
            }
        };
        self.add(ExpressionKind::Index { object: base, index }, span)
    }

    fn call(&mut self, node: &ExprCall) -> ExpressionKind {
        let callee = self.expression(&node.func);
        let arguments = self.arguments(&node.args);
        ExpressionKind::Call { callee, arguments, style: CallStyle::Plain }
    }

    fn method_call(&mut self, node: &ExprMethodCall) -> ExpressionKind {
        let object = self.expression(&node.receiver);
        let span = self.between(start_of(&node.receiver), node.method.span());
        let name = plain(&node.method);
        let callee = self.add(ExpressionKind::Member { object, name }, span);
        let arguments = self.arguments(&node.args);
        ExpressionKind::Call { callee, arguments, style: CallStyle::Plain }
    }

    fn arguments(&mut self, expressions: &Punctuated<Expr, Comma>) -> Vec<Argument> {
        let values = self.expressions(expressions);
        values.into_iter().map(unnamed).collect()
    }

    fn structure(&mut self, node: &ExprStruct) -> ExpressionKind {
        let callee = self.path(node.qself.as_ref(), &node.path);
        let mut arguments = Vec::with_capacity(node.fields.len());
        for field in &node.fields {
            let name = name_of_member(&field.member);
            let value = self.named_value(&name, &field.expr);
            arguments.push(Argument { name: Some(name), value, spread: false });
        }
        if let Some(rest) = &node.rest {
            let value = self.expression(rest);
            arguments.push(Argument { name: None, value, spread: true });
        }
        ExpressionKind::Call { callee, arguments, style: CallStyle::Struct }
    }

    /// A value bound directly to a name: a closure takes that name.
    pub(super) fn named_value(&mut self, name: &str, expression: &Expr) -> ExpressionId {
        let value = self.expression(expression);
        if let ExpressionKind::Function(function) = self.facts[value].kind {
            self.facts.function_mut(function).name = Text::from(name);
        }
        value
    }

    /// A chain of `+`: text building if any part is a string literal, else additions.
    fn sum(&mut self, expression: &Expr) -> ExpressionKind {
        let mut operands = Vec::new();
        let mut left = expression;
        while let Expr::Binary(node) = left
            && matches!(node.op, BinOp::Add(_))
        {
            operands.push(&*node.right);
            left = &node.left;
        }
        operands.push(left);
        operands.reverse();
        let builds_text = operands.iter().any(|operand| is_literal_string(operand));
        let parts = operands.into_iter().map(|operand| self.expression(operand)).collect();
        if builds_text {
            ExpressionKind::Concat(parts)
        } else {
            ExpressionKind::Operation { operator: Operator::Add, operands: parts }
        }
    }

    fn closure(&mut self, node: &ExprClosure) -> FunctionId {
        let span = self.between(start_of_closure(node), super::spans::end_of(&node.body));
        let id = self.facts.add_function(Function {
            parent: Some(self.function),
            is_async: node.asyncness.is_some(),
            span,
            name_span: span,
            ..Function::default()
        });
        let enclosing = std::mem::replace(&mut self.function, id);
        let parameters = node.inputs.iter().map(|input| self.closure_parameter(input)).collect();
        let returns = match &node.output {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(self.type_expression(output)),
        };
        let mut body = Block::new();
        match &*node.body {
            Expr::Block(block) if block.label.is_none() => {
                self.statements(&block.block.stmts, Tail::Return, &mut body);
            }
            value => self.tail(value, Tail::Return, &mut body),
        }
        self.function = enclosing;
        let function = self.facts.function_mut(id);
        function.parameters = parameters;
        function.returns = returns;
        function.body = body;
        id
    }

    fn closure_parameter(&mut self, input: &Pat) -> Parameter {
        let (pattern, annotation) = match input {
            Pat::Type(typed) => (&*typed.pat, Some(self.type_expression(&typed.ty))),
            untyped => (untyped, None),
        };
        Parameter {
            pattern: self.pattern(pattern),
            annotation,
            default: None,
            decorators: Vec::new(),
            kind: ParameterKind::Plain,
            span: self.span_of_pattern(input),
        }
    }

    /// `async { … }`: `return` and `?` leave the block, not the function around it.
    fn async_block(&mut self, node: &syn::ExprAsync) -> FunctionId {
        let span = self.between(node.async_token.span, node.block.brace_token.span.close());
        let id = self.facts.add_function(Function {
            parent: Some(self.function),
            is_async: true,
            span,
            name_span: span,
            ..Function::default()
        });
        let enclosing = std::mem::replace(&mut self.function, id);
        let mut body = Block::new();
        self.statements(&node.block.stmts, Tail::Return, &mut body);
        self.function = enclosing;
        self.facts.function_mut(id).body = body;
        id
    }

    pub(super) fn literal_value(&mut self, literal_written: &Lit) -> ExpressionId {
        let span = self.place(span_of_literal(literal_written));
        self.add(literal(literal_written), span)
    }
}

/// An argument without a name.
pub(super) fn unnamed(value: ExpressionId) -> Argument {
    Argument { name: None, value, spread: false }
}

fn start_of_closure(node: &ExprClosure) -> proc_macro2::Span {
    (node.constness.map(|token| token.span))
        .or(node.asyncness.map(|token| token.span))
        .or(node.capture.map(|token| token.span))
        .unwrap_or(node.inputs_begin.span)
}

/// The value of a block that holds nothing else.
fn only_value(block: &syn::Block) -> Option<&Expr> {
    match &block.stmts[..] {
        [Stmt::Expr(value, None)] => Some(value),
        _ => None,
    }
}

/// A string literal, also one that is made an owned string on the spot.
fn is_literal_string(expression: &Expr) -> bool {
    let mut inner = expression;
    loop {
        inner = match inner {
            Expr::Lit(node) => return matches!(node.lit, Lit::Str(_)),
            Expr::Paren(node) => &node.expr,
            Expr::Reference(node) => &node.expr,
            Expr::MethodCall(node)
                if ["to_owned", "to_string", "into"].iter().any(|name| node.method == name) =>
            {
                &node.receiver
            }
            Expr::Call(node) => match (&*node.func, node.args.first()) {
                (Expr::Path(callee), Some(only)) if is_string_from(&callee.path) => only,
                _ => return false,
            },
            Expr::Macro(node) => return node.mac.path.is_ident("format"),
            _ => return false,
        };
    }
}

fn is_string_from(path: &Path) -> bool {
    let mut segments = path.segments.iter().map(|segment| &segment.ident);
    matches!((segments.next(), segments.next(), segments.next()),
        (Some(first), Some(second), None) if first == "String" && second == "from")
}

fn name_of_member(member: &Member) -> Text {
    match member {
        Member::Named(name) => plain(name),
        Member::Unnamed(index) => Text::from(index.index.to_string()),
    }
}

pub(super) fn literal(literal: &Lit) -> ExpressionKind {
    match literal {
        Lit::Str(text) => ExpressionKind::Text(shortened(&text.value())),
        Lit::ByteStr(bytes) => {
            ExpressionKind::Text(shortened(&String::from_utf8_lossy(&bytes.value())))
        }
        Lit::CStr(text) => ExpressionKind::Text(shortened(&text.value().to_string_lossy())),
        Lit::Byte(byte) => ExpressionKind::Text(Text::from(char::from(byte.value()).to_string())),
        Lit::Char(character) => ExpressionKind::Text(Text::from(character.value().to_string())),
        Lit::Int(number) => ExpressionKind::Number(Text::from(number.to_string())),
        Lit::Float(number) => ExpressionKind::Number(Text::from(number.to_string())),
        Lit::Bool(value) => ExpressionKind::Bool(value.value),
        _ => ExpressionKind::Other(Vec::new()),
    }
}

fn assigning_operator(operator: &BinOp) -> Option<Operator> {
    Some(match operator {
        BinOp::AddAssign(_) => Operator::Add,
        BinOp::SubAssign(_) => Operator::Subtract,
        BinOp::MulAssign(_) => Operator::Multiply,
        BinOp::DivAssign(_) => Operator::Divide,
        BinOp::RemAssign(_) => Operator::Remainder,
        BinOp::BitXorAssign(_) => Operator::BitXor,
        BinOp::BitAndAssign(_) => Operator::BitAnd,
        BinOp::BitOrAssign(_) => Operator::BitOr,
        BinOp::ShlAssign(_) | BinOp::ShrAssign(_) => Operator::Shift,
        _ => return None,
    })
}

fn plain_operator(operator: &BinOp) -> Operator {
    match operator {
        BinOp::Sub(_) => Operator::Subtract,
        BinOp::Mul(_) => Operator::Multiply,
        BinOp::Div(_) => Operator::Divide,
        BinOp::Rem(_) => Operator::Remainder,
        BinOp::And(_) => Operator::And,
        BinOp::Or(_) => Operator::Or,
        BinOp::BitXor(_) => Operator::BitXor,
        BinOp::BitAnd(_) => Operator::BitAnd,
        BinOp::BitOr(_) => Operator::BitOr,
        BinOp::Shl(_) | BinOp::Shr(_) => Operator::Shift,
        BinOp::Eq(_) => Operator::Equal,
        BinOp::Lt(_) => Operator::Less,
        BinOp::Le(_) => Operator::LessOrEqual,
        BinOp::Ne(_) => Operator::NotEqual,
        BinOp::Ge(_) => Operator::GreaterOrEqual,
        BinOp::Gt(_) => Operator::Greater,
        _ => Operator::Add,
    }
}
