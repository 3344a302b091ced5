//! TypeScript's types, as expressions.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::{Lowering, expression::cooked, text};
use crate::facts::{Entry, EntryKey, ExpressionId, ExpressionKind, Operator, Span};

impl Lowering<'_> {
    pub(super) fn annotation(
        &mut self,
        node: Option<&ast::TSTypeAnnotation<'_>>,
    ) -> Option<ExpressionId> {
        node.map(|node| self.type_expression(&node.type_annotation))
    }

    /// `T[]` is `Array<T>`; a union is a `BitOr`, an intersection a `BitAnd`; `readonly T` and `(T)` are
    /// `T`; a function type is an `Other` of the types of its parameters and its result.
    pub(super) fn type_expression(&mut self, node: &ast::TSType<'_>) -> ExpressionId {
        use ast::TSType as Node;
        let span = self.span(node.span());
        let kind = match node {
            Node::TSParenthesizedType(inner) => {
                return self.type_expression(&inner.type_annotation);
            }
            Node::JSDocNullableType(inner) => return self.type_expression(&inner.type_annotation),
            Node::JSDocNonNullableType(inner) => {
                return self.type_expression(&inner.type_annotation);
            }
            Node::TSTypeReference(reference) => {
                let name = self.type_name(&reference.type_name);
                return self.with_type_arguments(name, reference.type_arguments.as_deref());
            }
            Node::TSNullKeyword(_) | Node::TSUndefinedKeyword(_) => ExpressionKind::Null,
            Node::TSAnyKeyword(_)
            | Node::TSBigIntKeyword(_)
            | Node::TSBooleanKeyword(_)
            | Node::TSIntrinsicKeyword(_)
            | Node::TSNeverKeyword(_)
            | Node::TSNumberKeyword(_)
            | Node::TSObjectKeyword(_)
            | Node::TSStringKeyword(_)
            | Node::TSSymbolKeyword(_)
            | Node::TSUnknownKeyword(_)
            | Node::TSVoidKeyword(_)
            | Node::TSThisType(_)
            | Node::JSDocUnknownType(_) => ExpressionKind::Name(self.slice(node.span()).into()),
            Node::TSArrayType(array) => {
                let object = self.facts.add_expression(ExpressionKind::Name("Array".into()), span);
                ExpressionKind::Index { object, index: self.type_expression(&array.element_type) }
            }
            Node::TSUnionType(union) => self.type_operation(Operator::BitOr, &union.types),
            Node::TSIntersectionType(intersection) => {
                self.type_operation(Operator::BitAnd, &intersection.types)
            }
            Node::TSLiteralType(literal) => self.type_literal(&literal.literal),
            Node::TSTypeLiteral(literal) => self.object_type(&literal.members),
            Node::TSTupleType(tuple) => {
                let items = tuple.element_types.iter().map(|item| self.tuple_element(item));
                ExpressionKind::List(items.collect())
            }
            Node::TSNamedTupleMember(member) => return self.tuple_element(&member.element_type),
            Node::TSIndexedAccessType(access) => {
                let object = self.type_expression(&access.object_type);
                ExpressionKind::Index { object, index: self.type_expression(&access.index_type) }
            }
            Node::TSTypeOperatorType(operator) => {
                let inner = self.type_expression(&operator.type_annotation);
                match operator.operator {
                    ast::TSTypeOperatorOperator::Keyof => ExpressionKind::Other(vec![inner]),
                    ast::TSTypeOperatorOperator::Unique | ast::TSTypeOperatorOperator::Readonly => {
                        return inner;
                    }
                }
            }
            Node::TSTypeQuery(query) => {
                let name = match &query.expr_name {
                    ast::TSTypeQueryExprName::TSImportType(import) => self.import_type(import),
                    name => self.type_name(name.to_ts_type_name()),
                };
                ExpressionKind::Operation { operator: Operator::TypeOf, operands: vec![name] }
            }
            Node::TSImportType(import) => return self.import_type(import),
            Node::TSFunctionType(function) => {
                self.function_type(&function.params, &function.return_type)
            }
            Node::TSConstructorType(function) => {
                self.function_type(&function.params, &function.return_type)
            }
            Node::TSConditionalType(conditional) => {
                let parts = [
                    &conditional.check_type,
                    &conditional.extends_type,
                    &conditional.true_type,
                    &conditional.false_type,
                ];
                ExpressionKind::Other(parts.map(|part| self.type_expression(part)).to_vec())
            }
            Node::TSMappedType(mapped) => {
                let parts = std::iter::once(&mapped.constraint)
                    .chain(&mapped.name_type)
                    .chain(&mapped.type_annotation);
                ExpressionKind::Other(parts.map(|part| self.type_expression(part)).collect())
            }
            Node::TSTemplateLiteralType(template) => {
                let mut parts = Vec::new();
                let mut types = template.types.iter();
                for quasi in &template.quasis {
                    let literal = ExpressionKind::Text(cooked(quasi));
                    parts.push(self.facts.add_expression(literal, self.span(quasi.span)));
                    parts.extend(types.next().map(|part| self.type_expression(part)));
                }
                ExpressionKind::Concat(parts)
            }
            Node::TSInferType(infer) => {
                ExpressionKind::Name(infer.type_parameter.name.name.as_str().into())
            }
            Node::TSTypePredicate(predicate) => {
                let inner = self.annotation(predicate.type_annotation.as_deref());
                ExpressionKind::Other(inner.into_iter().collect())
            }
        };
        self.facts.add_expression(kind, span)
    }

    pub(super) fn type_name(&mut self, node: &ast::TSTypeName<'_>) -> ExpressionId {
        let span = self.span(node.span());
        let kind = match node {
            ast::TSTypeName::IdentifierReference(name) => {
                ExpressionKind::Name(name.name.as_str().into())
            }
            ast::TSTypeName::QualifiedName(name) => ExpressionKind::Member {
                object: self.type_name(&name.left),
                name: name.right.name.as_str().into(),
            },
            ast::TSTypeName::ThisExpression(_) => ExpressionKind::Name("this".into()),
        };
        self.facts.add_expression(kind, span)
    }

    /// `object<A, B>`: an `Index` by the argument, by a `List` of several.
    pub(super) fn with_type_arguments(
        &mut self,
        object: ExpressionId,
        arguments: Option<&ast::TSTypeParameterInstantiation<'_>>,
    ) -> ExpressionId {
        let Some(arguments) = arguments else { return object };
        let types: Vec<_> =
            arguments.params.iter().map(|argument| self.type_expression(argument)).collect();
        let list_span = self.span(arguments.span);
        let index = match types[..] {
            [only] => only,
            _ => self.facts.add_expression(ExpressionKind::List(types), list_span),
        };
        let span = Span::new(self.facts[object].span.start, list_span.end);
        self.facts.add_expression(ExpressionKind::Index { object, index }, span)
    }

    fn type_operation(&mut self, operator: Operator, types: &[ast::TSType<'_>]) -> ExpressionKind {
        let operands = types.iter().map(|part| self.type_expression(part)).collect();
        ExpressionKind::Operation { operator, operands }
    }

    fn type_literal(&mut self, node: &ast::TSLiteral<'_>) -> ExpressionKind {
        match node {
            ast::TSLiteral::BooleanLiteral(literal) => ExpressionKind::Bool(literal.value),
            ast::TSLiteral::StringLiteral(literal) => {
                ExpressionKind::Text(text(literal.value.as_str()))
            }
            ast::TSLiteral::TemplateLiteral(literal) => {
                ExpressionKind::Text(literal.quasis.first().map(cooked).unwrap_or_default())
            }
            ast::TSLiteral::NumericLiteral(_)
            | ast::TSLiteral::BigIntLiteral(_)
            | ast::TSLiteral::UnaryExpression(_) => {
                ExpressionKind::Number(text(self.slice(node.span())))
            }
        }
    }

    fn object_type(&mut self, members: &[ast::TSSignature<'_>]) -> ExpressionKind {
        let mut entries = Vec::new();
        for member in members {
            let (key, annotation) = match member {
                ast::TSSignature::TSPropertySignature(property) => {
                    (&property.key, property.type_annotation.as_deref())
                }
                ast::TSSignature::TSMethodSignature(method) => {
                    (&method.key, method.return_type.as_deref())
                }
                _ => continue,
            };
            let span = self.span(member.span());
            let value = match self.annotation(annotation) {
                Some(value) => value,
                None => self.facts.add_expression(ExpressionKind::Name("any".into()), span),
            };
            entries.push(Entry { key: EntryKey::Name(self.key_label(key).text), value, span });
        }
        ExpressionKind::Object(entries)
    }

    fn tuple_element(&mut self, node: &ast::TSTupleElement<'_>) -> ExpressionId {
        match node {
            ast::TSTupleElement::TSOptionalType(inner) => {
                self.type_expression(&inner.type_annotation)
            }
            ast::TSTupleElement::TSRestType(inner) => {
                let value = self.type_expression(&inner.type_annotation);
                self.facts.add_expression(ExpressionKind::Spread(value), self.span(inner.span))
            }
            _ => self.type_expression(node.to_ts_type()),
        }
    }

    fn function_type(
        &mut self,
        parameters: &ast::FormalParameters<'_>,
        returns: &ast::TSTypeAnnotation<'_>,
    ) -> ExpressionKind {
        let mut parts: Vec<_> = parameters
            .items
            .iter()
            .filter_map(|parameter| self.annotation(parameter.type_annotation.as_deref()))
            .collect();
        parts.push(self.type_expression(&returns.type_annotation));
        ExpressionKind::Other(parts)
    }

    /// `import("module").Name`: the members of an `Index` of `import` by the module's name, as nothing
    /// is called.
    fn import_type(&mut self, node: &ast::TSImportType<'_>) -> ExpressionId {
        let span = self.span(node.span);
        let object = self.facts.add_expression(ExpressionKind::Name("import".into()), span);
        let module = ExpressionKind::Text(text(node.source.value.as_str()));
        let index = self.facts.add_expression(module, self.span(node.source.span));
        let mut value = self.facts.add_expression(ExpressionKind::Index { object, index }, span);
        let mut names = Vec::new();
        let mut qualifier = node.qualifier.as_ref();
        while let Some(part) = qualifier {
            qualifier = match part {
                ast::TSImportTypeQualifier::Identifier(name) => {
                    names.push(name.name.as_str());
                    None
                }
                ast::TSImportTypeQualifier::QualifiedName(name) => {
                    names.push(name.right.name.as_str());
                    Some(&name.left)
                }
            };
        }
        for name in names.into_iter().rev() {
            let member = ExpressionKind::Member { object: value, name: name.into() };
            value = self.facts.add_expression(member, span);
        }
        self.with_type_arguments(value, node.type_arguments.as_deref())
    }
}
