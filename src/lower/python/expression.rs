//! Expressions.

use ruff_python_ast::{
    ArgOrKeyword, Arguments, BoolOp, CmpOp, Comprehension, Expr, ExprCall, ExprCompare, ExprDict,
    ExprNumberLiteral, ExprSlice, ExprUnaryOp, Operator as PythonOperator, UnaryOp,
};
use ruff_python_parser::parse_string_annotation;
use ruff_text_size::{Ranged, TextRange};

use super::{Lowering, span_of};
use crate::facts::{
    Argument, CallStyle, Entry, EntryKey, ExpressionId, ExpressionKind, Operator, Text,
};

/// Longer strings are not annotations that a person wrote. The bound also keeps nesting inside a
/// string, which no scan of the file's brackets sees, harmless.
const STRING_ANNOTATION_BYTES_MAX: usize = 1_000;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, expression: &Expr) -> ExpressionId {
        let kind = match expression {
            Expr::BoolOp(node) => ExpressionKind::Operation {
                operator: match node.op {
                    BoolOp::And => Operator::And,
                    BoolOp::Or => Operator::Or,
                },
                operands: self.all(&node.values),
            },
            Expr::Named(node) => ExpressionKind::Assign {
                target: self.expression(&node.target),
                operator: None,
                value: self.named_value(&node.target, &node.value),
            },
            Expr::BinOp(node) => return self.binary(node),
            Expr::UnaryOp(node) => return self.unary(node),
            Expr::Lambda(node) => return self.lambda(node, ""),
            Expr::If(node) => ExpressionKind::Conditional {
                then: self.expression(&node.body),
                test: self.expression(&node.test),
                otherwise: self.expression(&node.orelse),
            },
            Expr::Dict(node) => self.dictionary(node),
            Expr::Set(node) => ExpressionKind::List(self.all(&node.elts)),
            Expr::List(node) => ExpressionKind::List(self.all(&node.elts)),
            Expr::Tuple(node) => ExpressionKind::List(self.all(&node.elts)),
            Expr::ListComp(node) => {
                return self.comprehension(&node.generators, node.range(), &mut |lowering| {
                    lowering.expression(&node.elt)
                });
            }
            Expr::SetComp(node) => {
                return self.comprehension(&node.generators, node.range(), &mut |lowering| {
                    lowering.expression(&node.elt)
                });
            }
            Expr::Generator(node) => {
                return self.comprehension(&node.generators, node.range(), &mut |lowering| {
                    lowering.expression(&node.elt)
                });
            }
            Expr::DictComp(node) => {
                return self.comprehension(&node.generators, node.range(), &mut |lowering| {
                    lowering.pair(node.key.as_deref(), &node.value)
                });
            }
            Expr::Await(node) => ExpressionKind::Await(self.expression(&node.value)),
            Expr::Yield(node) => {
                self.facts.function_mut(self.function).is_generator = true;
                ExpressionKind::Yield(node.value.as_ref().map(|value| self.expression(value)))
            }
            Expr::YieldFrom(node) => {
                self.facts.function_mut(self.function).is_generator = true;
                ExpressionKind::Yield(Some(self.expression(&node.value)))
            }
            Expr::Compare(node) => return self.comparison(node),
            Expr::Call(node) => return self.call(node),
            Expr::FString(node) => return self.f_string(node),
            Expr::TString(node) => self.t_string(node),
            Expr::StringLiteral(node) => self.text(node.value.to_str()),
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                self.text(&String::from_utf8_lossy(&bytes))
            }
            Expr::NumberLiteral(node) => ExpressionKind::Number(self.number(node)),
            Expr::BooleanLiteral(node) => ExpressionKind::Bool(node.value),
            Expr::NoneLiteral(_) => ExpressionKind::Null,
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => {
                ExpressionKind::Other(Vec::new())
            }
            Expr::Attribute(node) => ExpressionKind::Member {
                object: self.expression(&node.value),
                name: node.attr.as_str().into(),
            },
            Expr::Subscript(node) => ExpressionKind::Index {
                object: self.expression(&node.value),
                index: self.expression(&node.slice),
            },
            Expr::Starred(node) => ExpressionKind::Spread(self.expression(&node.value)),
            // The parser puts a name without letters where an expression is missing.
            Expr::Name(node) if node.id.is_empty() => ExpressionKind::Other(Vec::new()),
            Expr::Name(node) => ExpressionKind::Name(node.id.as_str().into()),
            Expr::Slice(node) => self.slice(node),
        };
        self.add(kind, expression.range())
    }

    pub(super) fn all(&mut self, expressions: &[Expr]) -> Vec<ExpressionId> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn unary(&mut self, node: &ExprUnaryOp) -> ExpressionId {
        let kind = match (node.op, node.operand.as_ref()) {
            (UnaryOp::UAdd, operand) => return self.expression(operand),
            (UnaryOp::USub, Expr::NumberLiteral(number)) => {
                let mut text = Text::from("-");
                text.push_str(&self.number(number));
                ExpressionKind::Number(text)
            }
            (UnaryOp::Not, operand) => ExpressionKind::Operation {
                operator: Operator::Not,
                operands: vec![self.expression(operand)],
            },
            (UnaryOp::USub, operand) => ExpressionKind::Operation {
                operator: Operator::Negate,
                operands: vec![self.expression(operand)],
            },
            (UnaryOp::Invert, operand) => ExpressionKind::Other(vec![self.expression(operand)]),
        };
        self.add(kind, node.range())
    }

    fn number(&self, node: &ExprNumberLiteral) -> Text {
        self.source_of(node.range()).into()
    }

    fn dictionary(&mut self, node: &ExprDict) -> ExpressionKind {
        let entries = node.items.iter().map(|item| match &item.key {
            Some(key) => self.entry(key, &item.value),
            None => Entry {
                key: EntryKey::Spread,
                value: self.expression(&item.value),
                span: span_of(item.value.range()),
            },
        });
        ExpressionKind::Object(entries.collect())
    }

    fn entry(&mut self, key: &Expr, value: &Expr) -> Entry {
        let span = span_of(key.range().cover(value.range()));
        let name = key.as_string_literal_expr().map_or("", |string| string.value.to_str());
        let key = self.entry_key(key);
        let value = match value {
            Expr::Lambda(lambda) => self.lambda(lambda, name),
            value => self.expression(value),
        };
        Entry { key, value, span }
    }

    /// What each round of a dictionary comprehension yields.
    fn pair(&mut self, key: Option<&Expr>, value: &Expr) -> ExpressionId {
        let (entry, range) = if let Some(key) = key {
            (self.entry(key, value), key.range().cover(value.range()))
        } else {
            let (value, range) = (self.expression(value), value.range());
            (Entry { key: EntryKey::Spread, value, span: span_of(range) }, range)
        };
        self.add(ExpressionKind::Object(vec![entry]), range)
    }

    /// Several `for` nest: the element of the first is the comprehension of the second.
    fn comprehension(
        &mut self,
        generators: &[Comprehension],
        range: TextRange,
        element: &mut dyn FnMut(&mut Self) -> ExpressionId,
    ) -> ExpressionId {
        let Some((first, rest)) = generators.split_first() else { return element(self) };
        let source = self.expression(&first.iter);
        let target = self.target(&first.target);
        let conditions = self.all(&first.ifs);
        let element = self.comprehension(rest, range, element);
        self.add(ExpressionKind::Comprehension { element, target, source, conditions }, range)
    }

    /// `a < b < c` is `a < b` and `b < c`, with one `b`.
    fn comparison(&mut self, node: &ExprCompare) -> ExpressionId {
        let mut left = self.expression(&node.left);
        let mut start = node.left.range();
        let mut parts = Vec::with_capacity(node.ops.len());
        for (operator, comparator) in node.ops.iter().zip(&node.comparators) {
            let right = self.expression(comparator);
            let operator = comparison_operator(*operator);
            let kind = ExpressionKind::Operation { operator, operands: vec![left, right] };
            parts.push(self.add(kind, start.cover(comparator.range())));
            (left, start) = (right, comparator.range());
        }
        if let [single] = parts.as_slice() {
            *single
        } else {
            let kind = ExpressionKind::Operation { operator: Operator::And, operands: parts };
            self.add(kind, node.range())
        }
    }

    fn call(&mut self, node: &ExprCall) -> ExpressionId {
        if let Some(text) = self.format_call(node) {
            return text;
        }
        let kind = ExpressionKind::Call {
            callee: self.expression(&node.func),
            arguments: self.arguments(&node.arguments),
            style: CallStyle::Plain,
        };
        self.add(kind, node.range())
    }

    pub(super) fn arguments(&mut self, arguments: &Arguments) -> Vec<Argument> {
        let arguments = arguments.iter_source_order().map(|argument| match argument {
            ArgOrKeyword::Arg(Expr::Starred(starred)) => {
                Argument { name: None, value: self.expression(&starred.value), spread: true }
            }
            ArgOrKeyword::Arg(value) => {
                Argument { name: None, value: self.expression(value), spread: false }
            }
            ArgOrKeyword::Keyword(keyword) => Argument {
                name: keyword.arg.as_ref().map(|name| name.as_str().into()),
                value: self.expression(&keyword.value),
                spread: keyword.arg.is_none(),
            },
        });
        arguments.collect()
    }

    /// `[a:b]`: a range whose open ends are `Null`.
    fn slice(&mut self, node: &ExprSlice) -> ExpressionKind {
        let mut operands = Vec::with_capacity(3);
        for bound in [&node.lower, &node.upper] {
            operands.push(match bound {
                Some(bound) => self.expression(bound),
                None => self.add(ExpressionKind::Null, node.range()),
            });
        }
        operands.extend(node.step.as_ref().map(|step| self.expression(step)));
        ExpressionKind::Operation { operator: Operator::Range, operands }
    }

    /// A type: as an expression, with names in quotes read as what they say.
    pub(super) fn annotation(&mut self, annotation: &Expr) -> ExpressionId {
        let kind = match annotation {
            Expr::StringLiteral(string) => {
                return self
                    .string_annotation(annotation)
                    .unwrap_or_else(|| self.add_text(string.value.to_str(), string.range()));
            }
            Expr::Subscript(node) => {
                let object = self.annotation(&node.value);
                let index = match (last_name(&node.value), node.slice.as_ref()) {
                    ("Literal", slice) => self.expression(slice),
                    ("Annotated", Expr::Tuple(parts)) => {
                        let mut items = Vec::with_capacity(parts.elts.len());
                        for (position, part) in parts.elts.iter().enumerate() {
                            let is_type = position == 0;
                            items.push(if is_type {
                                self.annotation(part)
                            } else {
                                self.expression(part)
                            });
                        }
                        self.add(ExpressionKind::List(items), parts.range())
                    }
                    (_, slice) => self.annotation(slice),
                };
                ExpressionKind::Index { object, index }
            }
            Expr::Tuple(node) => {
                ExpressionKind::List(node.elts.iter().map(|part| self.annotation(part)).collect())
            }
            Expr::List(node) => {
                ExpressionKind::List(node.elts.iter().map(|part| self.annotation(part)).collect())
            }
            Expr::BinOp(node) if node.op == PythonOperator::BitOr => ExpressionKind::Operation {
                operator: Operator::BitOr,
                operands: vec![self.annotation(&node.left), self.annotation(&node.right)],
            },
            other => return self.expression(other),
        };
        self.add(kind, annotation.range())
    }

    fn string_annotation(&mut self, annotation: &Expr) -> Option<ExpressionId> {
        let string = annotation.as_string_literal_expr()?;
        let literal =
            string.value.iter().next().filter(|_| !string.value.is_implicit_concatenated())?;
        // With escapes inside, offsets into the source would not be those of the text.
        let is_plain = self.source_of(literal.content_range()) == string.value.to_str();
        if !is_plain || string.value.len() > STRING_ANNOTATION_BYTES_MAX {
            return None;
        }
        let parsed = parse_string_annotation(self.source, literal).ok()?;
        Some(self.annotation(parsed.expr()))
    }
}

/// The last name of `a.b.Name`, or nothing.
fn last_name(expression: &Expr) -> &str {
    match expression {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(member) => member.attr.as_str(),
        _ => "",
    }
}

/// Identity is equality here: what is compared by `is` are `None`, flags and markers.
fn comparison_operator(operator: CmpOp) -> Operator {
    match operator {
        CmpOp::Eq | CmpOp::Is => Operator::Equal,
        CmpOp::NotEq | CmpOp::IsNot => Operator::NotEqual,
        CmpOp::Lt => Operator::Less,
        CmpOp::LtE => Operator::LessOrEqual,
        CmpOp::Gt => Operator::Greater,
        CmpOp::GtE => Operator::GreaterOrEqual,
        CmpOp::In => Operator::In,
        CmpOp::NotIn => Operator::NotIn,
    }
}

/// The operator of the facts; matrix multiplication has none.
pub(super) fn operator_of(operator: PythonOperator) -> Option<Operator> {
    Some(match operator {
        PythonOperator::Add => Operator::Add,
        PythonOperator::Sub => Operator::Subtract,
        PythonOperator::Mult => Operator::Multiply,
        PythonOperator::MatMult => return None,
        PythonOperator::Div | PythonOperator::FloorDiv => Operator::Divide,
        PythonOperator::Mod => Operator::Remainder,
        PythonOperator::Pow => Operator::Power,
        PythonOperator::LShift | PythonOperator::RShift => Operator::Shift,
        PythonOperator::BitOr => Operator::BitOr,
        PythonOperator::BitXor => Operator::BitXor,
        PythonOperator::BitAnd => Operator::BitAnd,
    })
}
