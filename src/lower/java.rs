//! Java.

use tree_sitter::Node;

use crate::facts::{
    Block, ClassId, ExpressionId, ExpressionKind, Facts, File, Function, FunctionId, Import,
    Problem, StatementKind, Text,
};

use super::tree::{Builder, Grammar, parse, span};

mod calls;
mod declarations;
mod expressions;
mod statements;
mod types;

/// Reads one file of Java.
pub(super) fn lower(file: &File) -> Result<(Facts, Vec<Problem>), Problem> {
    let grammar = Grammar {
        language: tree_sitter_java::LANGUAGE.into(),
        comments: &["line_comment", "block_comment"],
    };
    let tree = parse(file, file.text.as_bytes(), &grammar)?;
    let mut lowering = Lowering { builder: Builder::new(&file.text, &grammar), class: None };
    let problems = lowering.builder.comments_and_breaks(&tree, &file.path);
    let mut body = Block::new();
    for node in lowering.builder.children(tree.root_node()) {
        lowering.declaration(node, &mut body);
    }
    let top_level = lowering.builder.facts.function_mut(Facts::TOP_LEVEL);
    top_level.body.splice(0..0, body);
    top_level.span = span(tree.root_node());
    Ok((lowering.builder.facts, problems))
}

struct Lowering<'t> {
    builder: Builder<'t>,
    /// The class that is being read.
    class: Option<ClassId>,
}

impl<'t> Lowering<'t> {
    fn slice(&self, node: Node) -> &'t str {
        self.builder.slice(node)
    }

    fn add(&mut self, kind: ExpressionKind, node: Node) -> ExpressionId {
        self.builder.add(kind, node)
    }

    fn declaration(&mut self, node: Node, block: &mut Block) {
        match node.kind() {
            "package_declaration" => {
                for name in self.builder.children(node) {
                    if matches!(name.kind(), "identifier" | "scoped_identifier") {
                        let directive = format!("package {}", self.slice(name));
                        self.builder.facts.directives.push(directive.into());
                    }
                }
            }
            "import_declaration" => self.import(node),
            "method_declaration" => {
                let id = self.method(node);
                self.builder.statement(StatementKind::Function(id), node, block);
            }
            "module_declaration" => {}
            _ => self.statement(node, block),
        }
    }

    /// `import a.b.C`, `import a.b.*`, `import static a.b.C.d`.
    fn import(&mut self, node: Node) {
        let parts = self.builder.children(node);
        let Some(path) = parts.first().map(|path| self.slice(*path)) else { return };
        let glob = parts.iter().any(|part| part.kind() == "asterisk");
        let (module, name) = match path.rsplit_once('.') {
            Some((module, name)) if !glob => (module, Some(name)),
            _ => (path, None),
        };
        self.builder.facts.imports.push(Import {
            local: name.unwrap_or_default().into(),
            module: module.into(),
            name: name.map(Text::from),
            span: span(node),
            type_only: false,
            glob,
            effect_only: false,
        });
    }

    /// Reads a body inside a new function; `fill` gives its parts.
    fn function(
        &mut self,
        function: Function,
        fill: impl FnOnce(&mut Self, &mut Function),
    ) -> FunctionId {
        let parent = Some(self.builder.function);
        let id = self.builder.facts.add_function(Function { parent, ..function });
        let outer = std::mem::replace(&mut self.builder.function, id);
        let mut function = std::mem::take(self.builder.facts.function_mut(id));
        fill(self, &mut function);
        let in_place = self.builder.facts.function_mut(id);
        // Classes inside local classes were put there meanwhile.
        function.body.append(&mut in_place.body);
        *in_place = function;
        self.builder.function = outer;
        id
    }
}
