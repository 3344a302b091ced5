//! Statements and declarations.

use oxc_ast::ast;
use oxc_span::GetSpan;
use oxc_syntax::operator::AssignmentOperator;

use super::{
    Lowering,
    function::directives,
    pattern::{binding_label, target_label},
};
use crate::facts::{
    Block, ExpressionId, ExpressionKind, Facts, Handler, LoopKind, Pattern, Span, StatementKind,
};

mod control;

impl Lowering<'_> {
    pub(super) fn program(&mut self, node: &ast::Program<'_>) {
        self.facts.directives = directives(&node.directives);
        self.comments(&node.comments);
        let body = self.statements(&node.body);
        self.facts.function_mut(Facts::TOP_LEVEL).body = body;
        self.mark_public();
    }

    pub(super) fn statements(&mut self, nodes: &[ast::Statement<'_>]) -> Block {
        let mut block = Block::new();
        for (index, node) in nodes.iter().enumerate() {
            if let ast::Statement::VariableDeclaration(declaration) = node
                && declaration.kind.is_using()
            {
                let items = self.resources(declaration);
                let body = self.statements(&nodes[index + 1..]);
                let end = nodes.last().map_or(declaration.span.end, |last| last.span().end);
                let span = self.span(oxc_span::Span::new(declaration.span.start, end));
                self.add(&mut block, StatementKind::With { items, body }, span);
                break;
            }
            self.statement(node, &mut block);
        }
        block
    }

    /// The statements of a branch or loop: those of a block, or the one that stands alone.
    fn branch(&mut self, node: &ast::Statement<'_>) -> Block {
        if let ast::Statement::BlockStatement(inner) = node {
            return self.statements(&inner.body);
        }
        self.statements(std::slice::from_ref(node))
    }

    /// Appends what a statement becomes: nothing, one statement or several.
    fn statement(&mut self, node: &ast::Statement<'_>, block: &mut Block) {
        use ast::Statement as Node;
        let kind = match node {
            Node::ExpressionStatement(statement) => {
                return self.expression_statement(&statement.expression, block);
            }
            Node::BlockStatement(inner) => StatementKind::Block(self.statements(&inner.body)),
            Node::IfStatement(conditional) => {
                let test = self.expression(&conditional.test);
                let then = self.branch(&conditional.consequent);
                let otherwise = conditional.alternate.as_ref();
                let otherwise = otherwise.map(|node| self.branch(node)).unwrap_or_default();
                StatementKind::If { test, binding: None, then, otherwise }
            }
            Node::ReturnStatement(statement) => {
                let value = statement.argument.as_ref().map(|value| self.expression(value));
                StatementKind::Return(value)
            }
            Node::ThrowStatement(statement) => {
                StatementKind::Throw(Some(self.expression(&statement.argument)))
            }
            Node::TryStatement(statement) => self.try_statement(statement),
            Node::BreakStatement(_) => StatementKind::Break,
            Node::ContinueStatement(_) => StatementKind::Continue,
            Node::ForStatement(statement) => self.for_statement(statement, block),
            Node::ForInStatement(statement) => {
                self.for_each(&statement.left, &statement.right, &statement.body, false)
            }
            Node::ForOfStatement(statement) => {
                self.for_each(&statement.left, &statement.right, &statement.body, statement.r#await)
            }
            Node::WhileStatement(statement) => self.while_loop(&statement.test, &statement.body),
            Node::DoWhileStatement(statement) => self.while_loop(&statement.test, &statement.body),
            Node::SwitchStatement(statement) => self.switch(statement),
            Node::LabeledStatement(labelled) => match &labelled.body {
                Node::BlockStatement(inner) => StatementKind::Block(self.statements(&inner.body)),
                body => return self.statement(body, block),
            },
            Node::WithStatement(statement) => {
                let items = vec![(self.expression(&statement.object), None)];
                StatementKind::With { items, body: self.branch(&statement.body) }
            }
            Node::DebuggerStatement(_)
            | Node::EmptyStatement(_)
            | Node::TSNamespaceExportDeclaration(_) => return,

            Node::ImportDeclaration(import) => return self.import_declaration(import),
            Node::ExportAllDeclaration(export) => return self.export_all(export),
            Node::ExportFromDeclaration(export) => return self.export_from(export),
            Node::ExportNamedDeclaration(export) => return self.export_named(export),
            Node::ExportDeclaration(export) => {
                return self.declaration(&export.declaration, block, true);
            }
            Node::ExportDefaultDeclaration(export) => match self.export_default(export) {
                Some(kind) => kind,
                None => return,
            },
            Node::TSExportAssignment(export) => {
                let value = self.expression(&export.expression);
                self.export_whole(value, self.span(export.span));
                StatementKind::Expression(value)
            }
            declaration => {
                return self.declaration(declaration.to_declaration(), block, false);
            }
        };
        self.add(block, kind, self.span(node.span()));
    }

    fn declaration(&mut self, node: &ast::Declaration<'_>, block: &mut Block, exported: bool) {
        let span = self.span(node.span());
        let (kind, name) = match node {
            ast::Declaration::VariableDeclaration(declaration) => {
                if !declaration.declare {
                    self.variables(declaration, block);
                }
                if exported {
                    self.export_variables(declaration);
                }
                return;
            }
            ast::Declaration::FunctionDeclaration(function) => {
                if function.body.is_none() || function.declare {
                    return;
                }
                let id = self.function(function, None, function.span);
                (StatementKind::Function(id), self.facts[id].name.clone())
            }
            ast::Declaration::ClassDeclaration(class) => {
                if class.declare {
                    return;
                }
                let id = self.class(class, None);
                (StatementKind::Class(id), self.facts[id].name.clone())
            }
            ast::Declaration::TSTypeAliasDeclaration(alias) => {
                let Some(id) = self.type_alias(alias) else { return };
                (StatementKind::Class(id), self.facts[id].name.clone())
            }
            ast::Declaration::TSInterfaceDeclaration(interface) => {
                let id = self.interface(interface);
                (StatementKind::Class(id), self.facts[id].name.clone())
            }
            ast::Declaration::TSEnumDeclaration(enumeration) => {
                if enumeration.declare {
                    return;
                }
                let id = self.enumeration(enumeration);
                (StatementKind::Class(id), self.facts[id].name.clone())
            }
            ast::Declaration::TSNamespaceDeclaration(namespace) => {
                return self.namespace(namespace, block);
            }
            // Both only describe what exists elsewhere.
            ast::Declaration::TSExternalModuleDeclaration(_)
            | ast::Declaration::TSGlobalDeclaration(_) => return,
            ast::Declaration::TSImportEqualsDeclaration(import) => {
                if exported {
                    self.export_name(&import.id.name.as_str().into(), span);
                }
                if let Some(kind) = self.import_equals(import) {
                    self.add(block, kind, span);
                }
                return;
            }
        };
        if exported {
            self.export_name(&name, span);
        }
        self.add(block, kind, span);
    }

    fn namespace(&mut self, node: &ast::TSNamespaceDeclaration<'_>, block: &mut Block) {
        if node.declare {
            return;
        }
        self.namespaces += 1;
        match &node.body {
            ast::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                self.namespace(inner, block);
            }
            ast::TSNamespaceDeclarationBody::TSModuleBlock(inner) => {
                block.extend(self.statements(&inner.body));
            }
        }
        self.namespaces -= 1;
    }

    fn variables(&mut self, node: &ast::VariableDeclaration<'_>, block: &mut Block) {
        for declarator in &node.declarations {
            if self.bound_import(declarator) {
                continue;
            }
            let target = self.pattern(&declarator.id);
            let annotation = self.annotation(declarator.type_annotation.as_deref());
            let label = binding_label(self, &declarator.id);
            let value = declarator.init.as_ref().map(|value| self.labelled(value, label));
            let kind = StatementKind::Bind { target, annotation, value };
            self.add(block, kind, self.span(declarator.span));
        }
    }

    fn export_variables(&mut self, node: &ast::VariableDeclaration<'_>) {
        for declarator in &node.declarations {
            let span = self.span(declarator.span);
            for name in declarator.id.get_binding_identifiers() {
                self.export_name(&name.name.as_str().into(), span);
            }
        }
    }

    /// `using a = b`: released at the end of the block.
    fn resources(
        &mut self,
        node: &ast::VariableDeclaration<'_>,
    ) -> Vec<(ExpressionId, Option<Pattern>)> {
        let resource = |declarator: &ast::VariableDeclarator<'_>| {
            let value = self.expression(declarator.init.as_ref()?);
            Some((value, Some(self.pattern(&declarator.id))))
        };
        node.declarations.iter().filter_map(resource).collect()
    }

    /// A plain assignment binds; a sequence runs its parts one by one.
    fn expression_statement(&mut self, node: &ast::Expression<'_>, block: &mut Block) {
        let span = self.span(node.span());
        match node {
            ast::Expression::AssignmentExpression(assignment)
                if assignment.operator == AssignmentOperator::Assign =>
            {
                let target = self.target(&assignment.left);
                let label = target_label(self, &assignment.left);
                let value = self.labelled(&assignment.right, label);
                self.common_export(&assignment.left, value, assignment.span);
                let value = Some(value);
                self.add(block, StatementKind::Bind { target, annotation: None, value }, span);
            }
            ast::Expression::SequenceExpression(sequence) => {
                for part in &sequence.expressions {
                    self.expression_statement(part, block);
                }
            }
            _ if self.effect_import(node) => {}
            _ => {
                let value = self.expression(node);
                self.add(block, StatementKind::Expression(value), span);
            }
        }
    }

    fn add(&mut self, block: &mut Block, kind: StatementKind, span: Span) {
        block.push(self.facts.add_statement(kind, span));
    }
}
