//! Go.

use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::facts::{
    Block, Class, ClassId, ClassKind, ExpressionId, ExpressionKind, Facts, Field, File, Function,
    FunctionId, Import, Parameter, ParameterKind, Pattern, Problem, StatementKind, Text,
};

use super::tree::{Builder, Grammar, cut, parse, span, unescape};

mod expressions;
mod statements;
mod types;

/// Reads one file of Go.
pub(super) fn lower(file: &File) -> Result<(Facts, Vec<Problem>), Problem> {
    let grammar = Grammar { language: tree_sitter_go::LANGUAGE.into(), comments: &["comment"] };
    let mut tree = parse(file, file.text.as_bytes(), &grammar)?;
    if tree.root_node().has_error()
        && let Some(masked) = mask_new_of_values(&file.text)
    {
        tree = parse(file, &masked, &grammar)?;
    }
    let mut lowering =
        Lowering { builder: Builder::new(&file.text, &grammar), classes: BTreeMap::new() };
    let problems = lowering.builder.comments_and_breaks(&tree, &file.path);
    let mut body = Block::new();
    for node in lowering.builder.children(tree.root_node()) {
        lowering.declaration(node, &mut body);
    }
    lowering.builder.facts.function_mut(Facts::TOP_LEVEL).body = body;
    lowering.builder.facts.function_mut(Facts::TOP_LEVEL).span = span(tree.root_node());
    Ok((lowering.builder.facts, problems))
}

struct Lowering<'t> {
    builder: Builder<'t>,
    /// The types of the file's own top level.
    classes: BTreeMap<Text, ClassId>,
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
            "package_clause" => {
                self.mark_documentation(node);
                for name in self.builder.children(node) {
                    let directive = format!("package {}", self.slice(name));
                    self.builder.facts.directives.push(directive.into());
                }
            }
            "import_declaration" => self.imports(node),
            "function_declaration" => {
                self.mark_documentation(node);
                let id = self.function(node, Text::default(), None);
                self.builder.statement(StatementKind::Function(id), node, block);
            }
            "method_declaration" => {
                self.mark_documentation(node);
                self.method(node);
            }
            _ => {
                if node.kind().ends_with("_declaration") {
                    self.mark_documentation(node);
                }
                self.statement(node, block);
            }
        }
    }

    /// The comments directly above a declaration document it.
    fn mark_documentation(&mut self, declaration: Node) {
        let mut line = declaration.start_position().row;
        let mut above = declaration.prev_named_sibling();
        while let Some(comment) =
            above.filter(|node| node.kind() == "comment" && node.end_position().row + 1 == line)
        {
            line = comment.start_position().row;
            let place = span(comment);
            let comments = &mut self.builder.facts.comments;
            if let Ok(index) = comments.binary_search_by_key(&place, |comment| comment.span) {
                comments[index].documentation = true;
            }
            above = comment.prev_named_sibling();
        }
    }

    fn imports(&mut self, node: Node) {
        for child in self.builder.children(node) {
            match child.kind() {
                "import_spec_list" => self.imports(child),
                "import_spec" => self.import(child),
                _ => {}
            }
        }
    }

    fn import(&mut self, node: Node) {
        let Some(path) = node.child_by_field_name("path") else { return };
        let module = self.slice(path).trim_matches(['"', '`']);
        let alias = node.child_by_field_name("name");
        let local = match alias.map(|alias| (alias.kind(), self.slice(alias))) {
            None => package_of(module).into(),
            Some(("package_identifier", name)) => name.into(),
            Some(_) => Text::default(),
        };
        self.builder.facts.imports.push(Import {
            local,
            module: module.into(),
            name: None,
            span: span(node),
            type_only: false,
            glob: alias.is_some_and(|alias| alias.kind() == "dot"),
            effect_only: alias.is_some_and(|alias| alias.kind() == "blank_identifier"),
        });
    }

    /// A function, function literal or method, with its body.
    fn function(&mut self, node: Node, bound_name: Text, class: Option<ClassId>) -> FunctionId {
        let name_node = node.child_by_field_name("name");
        let name = name_node.map_or(bound_name, |name| self.builder.name(name));
        let id = self.builder.facts.add_function(Function {
            is_public: starts_upper(&name),
            name,
            parent: Some(self.builder.function),
            class,
            span: span(node),
            name_span: span(name_node.unwrap_or(node)),
            ..Function::default()
        });
        let outer = std::mem::replace(&mut self.builder.function, id);
        let mut parameters = Vec::new();
        if let Some(receiver) = node.child_by_field_name("receiver") {
            self.parameters(receiver, &mut parameters);
            parameters.iter_mut().for_each(|receiver| receiver.kind = ParameterKind::Receiver);
        }
        if let Some(list) = node.child_by_field_name("parameters") {
            self.parameters(list, &mut parameters);
        }
        let returns = node.child_by_field_name("result").and_then(|result| self.result(result));
        let mut body = Block::new();
        if let Some(result) = node.child_by_field_name("result") {
            self.named_results(result, &mut body);
        }
        if let Some(block) = node.child_by_field_name("body") {
            self.block_into(block, &mut body);
        }
        self.builder.function = outer;
        let function = self.builder.facts.function_mut(id);
        function.parameters = parameters;
        function.returns = returns;
        function.body = body;
        id
    }

    fn method(&mut self, node: Node) {
        let receiver_type = node
            .child_by_field_name("receiver")
            .and_then(|list| self.builder.children(list).into_iter().next())
            .and_then(|parameter| parameter.child_by_field_name("type"))
            .and_then(named_type);
        let class = receiver_type.map(|named| self.class_of(named));
        let id = self.function(node, Text::default(), class);
        if let Some(class) = class {
            self.builder.facts.class_mut(class).methods.push(id);
        }
    }

    /// The class of a receiver's type, which may be declared later or in another file.
    fn class_of(&mut self, named: Node) -> ClassId {
        let name = self.builder.name(named);
        if let Some(&class) = self.classes.get(&name) {
            return class;
        }
        let class = self.builder.facts.add_class(Class {
            is_public: starts_upper(&name),
            name: name.clone(),
            kind: ClassKind::Implementation,
            bases: Vec::new(),
            options: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            span: span(named),
            name_span: span(named),
        });
        self.classes.insert(name, class);
        class
    }

    fn parameters(&mut self, list: Node, parameters: &mut Vec<Parameter>) {
        for node in self.builder.children(list) {
            let kind = match node.kind() {
                "variadic_parameter_declaration" => ParameterKind::Rest,
                _ => ParameterKind::Plain,
            };
            let annotation = node.child_by_field_name("type").map(|node| self.type_of(node));
            let mut cursor = node.walk();
            let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
            let patterns = if names.is_empty() {
                vec![Pattern::Ignore]
            } else {
                names.into_iter().map(|name| self.pattern(name)).collect()
            };
            parameters.extend(patterns.into_iter().map(|pattern| Parameter {
                pattern,
                annotation,
                default: None,
                decorators: Vec::new(),
                kind,
                span: span(node),
            }));
        }
    }

    fn result(&mut self, result: Node) -> Option<ExpressionId> {
        if result.kind() != "parameter_list" {
            return Some(self.type_of(result));
        }
        let mut results = Vec::new();
        self.parameters(result, &mut results);
        let mut types: Vec<_> = results.iter().filter_map(|result| result.annotation).collect();
        match types.len() {
            0 => None,
            1 => types.pop(),
            _ => Some(self.add(ExpressionKind::List(types), result)),
        }
    }

    /// Named results are variables of the function.
    fn named_results(&mut self, result: Node, body: &mut Block) {
        if result.kind() != "parameter_list" {
            return;
        }
        for node in self.builder.children(result) {
            let mut cursor = node.walk();
            let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
            for name in names {
                let target = self.pattern(name);
                let kind = StatementKind::Bind { target, annotation: None, value: None };
                self.builder.statement(kind, name, body);
            }
        }
    }

    /// `type (…)`, at the top level and in functions.
    fn type_declaration(&mut self, node: Node, block: &mut Block) {
        for spec in self.builder.children(node) {
            let Some(name) = spec.child_by_field_name("name") else { continue };
            let Some(underlying) = spec.child_by_field_name("type") else { continue };
            let class = self.class_of(name);
            self.fill_class(class, underlying);
            self.builder.facts.class_mut(class).span = span(spec);
            self.builder.facts.class_mut(class).name_span = span(name);
            self.builder.statement(StatementKind::Class(class), spec, block);
        }
    }

    /// A structure or interface without a name.
    fn anonymous_class(&mut self, node: Node) -> ExpressionId {
        let class = self.builder.facts.add_class(Class {
            name: Text::default(),
            kind: ClassKind::Structure,
            bases: Vec::new(),
            options: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: false,
            span: span(node),
            name_span: span(node),
        });
        self.fill_class(class, node);
        self.add(ExpressionKind::Class(class), node)
    }

    fn fill_class(&mut self, class: ClassId, underlying: Node) {
        let (mut bases, mut fields) = (Vec::new(), Vec::new());
        let kind = match underlying.kind() {
            "struct_type" => {
                for list in self.builder.children(underlying) {
                    for node in self.builder.children(list) {
                        self.field(node, &mut bases, &mut fields);
                    }
                }
                ClassKind::Structure
            }
            "interface_type" => {
                for node in self.builder.children(underlying) {
                    if node.kind() == "method_elem" {
                        fields.extend(self.interface_method(node));
                    } else {
                        bases.push(self.type_of(node));
                    }
                }
                ClassKind::Interface
            }
            _ => {
                bases.push(self.type_of(underlying));
                ClassKind::Structure
            }
        };
        let class = self.builder.facts.class_mut(class);
        class.kind = kind;
        class.bases = bases;
        class.fields = fields;
    }

    fn field(&mut self, node: Node, bases: &mut Vec<ExpressionId>, fields: &mut Vec<Field>) {
        let Some(declared) = node.child_by_field_name("type") else { return };
        let annotation = self.type_of(declared);
        let tag = node.child_by_field_name("tag").map(|tag| self.expression(tag));
        let mut cursor = node.walk();
        let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
        if names.is_empty() {
            bases.push(annotation);
        }
        for name in names {
            fields.push(Field {
                name: self.builder.name(name),
                annotation: Some(annotation),
                value: None,
                decorators: tag.into_iter().collect(),
                is_static: false,
                span: span(node),
            });
        }
    }

    fn interface_method(&mut self, node: Node) -> Option<Field> {
        let name = node.child_by_field_name("name")?;
        Some(Field {
            name: self.builder.name(name),
            annotation: Some(self.function_type(node)),
            value: None,
            decorators: Vec::new(),
            is_static: false,
            span: span(node),
        })
    }

    /// What a string literal says.
    fn text_of(&self, node: Node) -> Text {
        let raw = self.slice(node);
        if let Some(rest) = raw.strip_prefix('`') {
            return cut(rest.strip_suffix('`').unwrap_or(rest));
        }
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        cut(&unescape(inner))
    }
}

/// The grammar knows `new` of a type only; since Go 1.26 it takes a value too. Under another name of the
/// same length such a call parses, and names are taken from the file itself.
fn mask_new_of_values(text: &str) -> Option<Vec<u8>> {
    const TYPES: [&str; 7] = ["[", "*", "map[", "chan ", "func(", "struct", "interface"];
    let mut masked = text.as_bytes().to_vec();
    let mut found = false;
    for (at, call) in text.match_indices("new(") {
        let is_whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let argument = &text[at + call.len()..];
        if is_whole && !TYPES.iter().any(|start| argument.starts_with(start)) {
            masked[at] = b'_';
            found = true;
        }
    }
    found.then_some(masked)
}

/// The identifier of the type that a receiver or literal names, without pointer and arguments.
fn named_type(node: Node) -> Option<Node> {
    let mut node = node;
    loop {
        node = match node.kind() {
            "type_identifier" => return Some(node),
            "pointer_type" | "parenthesized_type" => node.named_child(0)?,
            "generic_type" => node.child_by_field_name("type")?,
            _ => return None,
        };
    }
}

/// The name that a package most likely has, by its path: the last segment that is no version, without what
/// only says that it is for Go.
fn package_of(module: &str) -> &str {
    let mut segments = module.rsplit('/');
    let last = segments.next().unwrap_or(module);
    let is_version = |text: &str| {
        text.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let named = match last.rsplit_once('.') {
        _ if is_version(last) => segments.next().unwrap_or(last),
        Some((name, version)) if is_version(version) => name,
        _ => last,
    };
    let endings = ["-go", ".go", "-golang"];
    let short = endings.iter().find_map(|ending| named.strip_suffix(ending)).unwrap_or(named);
    short.strip_prefix("go-").unwrap_or(short)
}

fn starts_upper(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_by_their_path() {
        assert_eq!(package_of("net/http"), "http");
        assert_eq!(package_of("github.com/go-chi/chi/v5"), "chi");
        assert_eq!(package_of("gopkg.in/yaml.v3"), "yaml");
        assert_eq!(package_of("github.com/a/go-b"), "b");
        assert_eq!(package_of("github.com/dgrijalva/jwt-go"), "jwt");
        assert_eq!(package_of("github.com/nats-io/nats.go"), "nats");
        assert_eq!(package_of("github.com/go-playground/validator/v10"), "validator");
    }
}
