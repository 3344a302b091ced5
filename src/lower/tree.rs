//! What the languages read with tree-sitter share: parsing within a budget, comments and broken
//! regions, and making facts from nodes.

use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, Parser, Point, Tree, TreeCursor};

use crate::facts::{
    Argument, Block, CallStyle, Comment, ExpressionId, ExpressionKind, Facts, File, FunctionId,
    Operator, Problem, ProblemKind, Span, StatementId, StatementKind, Text,
};

mod format;
mod literal;

pub(super) use format::{Placeholders, split_format};
pub(super) use literal::{cut, unescape};

/// Calls of the progress callback, a hundred steps of the parser each, that a file may take before it
/// is given up: ten times what ordinary code of the same size needs.
const STEPS_BASE: usize = 20_000;
const BYTES_PER_STEP: usize = 4;

/// A language's grammar and the kinds of its comments.
pub(super) struct Grammar {
    pub(super) language: Language,
    pub(super) comments: &'static [&'static str],
}

/// Parses a file, or says that it took too long.
///
/// `bytes` is the file's text, or a variant of the same length that the grammar understands better.
pub(super) fn parse(file: &File, bytes: &[u8], grammar: &Grammar) -> Result<Tree, Problem> {
    let problem = |message: &str| Problem {
        path: file.path.to_string(),
        kind: ProblemKind::DidNotParse,
        message: message.to_owned(),
    };
    let mut parser = Parser::new();
    parser
        .set_language(&grammar.language)
        .map_err(|_| problem("the grammar does not fit the parser"))?;
    let mut budget = STEPS_BASE + bytes.len() / BYTES_PER_STEP;
    let mut progress = |_: &tree_sitter::ParseState| {
        budget = budget.saturating_sub(1);
        if budget == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |offset: usize, _: Point| bytes.get(offset..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options)).ok_or_else(|| {
        problem("given up: parsing takes far more steps than code of this size needs")
    })
}

/// Facts under construction, and the file they come from.
pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    pub(super) facts: Facts,
    /// The function that is being read.
    pub(super) function: FunctionId,
    comments: &'static [&'static str],
}

impl<'t> Builder<'t> {
    pub(super) fn new(text: &'t str, grammar: &Grammar) -> Self {
        Self { text, facts: Facts::empty(), function: Facts::TOP_LEVEL, comments: grammar.comments }
    }

    pub(super) fn slice(&self, node: Node) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn name(&self, node: Node) -> Text {
        cut(self.slice(node))
    }

    /// The named children that are not comments.
    pub(super) fn children<'n>(&self, node: Node<'n>) -> Vec<Node<'n>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .filter(|child| !self.comments.contains(&child.kind()))
            .collect()
    }

    pub(super) fn add(&mut self, kind: ExpressionKind, node: Node) -> ExpressionId {
        self.facts.add_expression(kind, span(node))
    }

    pub(super) fn add_name(&mut self, node: Node) -> ExpressionId {
        let name = self.name(node);
        self.add(ExpressionKind::Name(name), node)
    }

    /// A name that is not written as such in the source, at the place of `node`.
    pub(super) fn add_word(&mut self, word: &str, node: Node) -> ExpressionId {
        self.add(ExpressionKind::Name(word.into()), node)
    }

    pub(super) fn add_index(
        &mut self,
        object: ExpressionId,
        mut indexes: Vec<ExpressionId>,
        node: Node,
    ) -> ExpressionId {
        let index = match (indexes.pop(), indexes.is_empty()) {
            (None, _) => return object,
            (Some(only), true) => only,
            (Some(last), false) => {
                indexes.push(last);
                self.add(ExpressionKind::List(indexes), node)
            }
        };
        self.add(ExpressionKind::Index { object, index }, node)
    }

    pub(super) fn add_call(
        &mut self,
        callee: ExpressionId,
        arguments: Vec<Argument>,
        style: CallStyle,
        node: Node,
    ) -> ExpressionId {
        self.add(ExpressionKind::Call { callee, arguments, style }, node)
    }

    /// Joins the operands of `+`: with a string among them it builds a string.
    pub(super) fn add_sum(&mut self, operands: Vec<ExpressionId>, node: Node) -> ExpressionId {
        let builds_text = operands.iter().any(|&operand| {
            matches!(self.facts[operand].kind, ExpressionKind::Text(_) | ExpressionKind::Concat(_))
        });
        if !builds_text {
            return self.add(ExpressionKind::Operation { operator: Operator::Add, operands }, node);
        }
        let mut parts = Vec::with_capacity(operands.len());
        for operand in operands {
            match &self.facts[operand].kind {
                ExpressionKind::Concat(inner) => parts.extend(inner.iter().copied()),
                _ => parts.push(operand),
            }
        }
        self.add(ExpressionKind::Concat(parts), node)
    }

    /// Splits a format string and puts its arguments between the parts.
    pub(super) fn add_format(
        &mut self,
        format: &str,
        placeholders: Placeholders,
        arguments: &[ExpressionId],
        literal: Node,
        node: Node,
    ) -> ExpressionId {
        let parts = split_format(format, placeholders, arguments.len())
            .into_iter()
            .map(|part| match part {
                format::Part::Text(text) => self.add(ExpressionKind::Text(cut(&text)), literal),
                format::Part::Argument(index) => arguments[index],
            })
            .collect();
        self.add(ExpressionKind::Concat(parts), node)
    }

    pub(super) fn statement(
        &mut self,
        kind: StatementKind,
        node: Node,
        block: &mut Block,
    ) -> StatementId {
        let id = self.facts.add_statement(kind, span(node));
        block.push(id);
        id
    }

    /// Reads what stands anywhere in the tree: comments, and regions that did not parse.
    pub(super) fn comments_and_breaks(&mut self, tree: &Tree, path: &str) -> Vec<Problem> {
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            if self.comments.contains(&node.kind()) {
                self.comment(node);
            } else if node.is_error() || node.is_missing() {
                self.facts.broken.push(span(node));
            }
            if !advance(&mut cursor) {
                break;
            }
        }
        if self.facts.broken.is_empty() {
            return Vec::new();
        }
        let count = self.facts.broken.len();
        vec![Problem {
            path: path.to_owned(),
            kind: ProblemKind::DidNotParse,
            message: format!("{count} part{} did not parse", if count == 1 { "" } else { "s" }),
        }]
    }

    fn comment(&mut self, node: Node) {
        let raw = self.slice(node);
        let (text, is_documentation) = match raw.strip_prefix("/*") {
            Some(rest) => {
                let inner = rest.strip_suffix("*/").unwrap_or(rest);
                let lines = inner.lines().map(|line| line.trim().trim_start_matches('*').trim());
                (lines.collect::<Vec<_>>().join("\n"), inner.starts_with('*'))
            }
            None => (raw.trim_start_matches('/').to_owned(), false),
        };
        self.facts.comments.push(Comment {
            text: text.trim().into(),
            span: span(node),
            documentation: is_documentation,
        });
    }
}

/// Moves to the next node in source order, children first, without recursion.
fn advance(cursor: &mut TreeCursor) -> bool {
    if cursor.goto_first_child() {
        return true;
    }
    while !cursor.goto_next_sibling() {
        if !cursor.goto_parent() {
            return false;
        }
    }
    true
}

/// The place of a node.
pub(super) fn span(node: Node) -> Span {
    let offset = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    Span::new(offset(node.start_byte()), offset(node.end_byte()))
}

/// An argument given by position.
pub(super) fn positional(value: ExpressionId) -> Argument {
    Argument { name: None, value, spread: false }
}

/// The operands of a chain of one left-associative operator, leftmost first.
pub(super) fn chain<'n>(node: Node<'n>, text: &str, operator: &str) -> Vec<Node<'n>> {
    let mut operands = Vec::new();
    let mut rest = node;
    loop {
        let is_link = rest.kind() == "binary_expression" && operator_of(rest, text) == operator;
        let (Some(left), Some(right)) =
            (rest.child_by_field_name("left"), rest.child_by_field_name("right"))
        else {
            operands.push(rest);
            break;
        };
        if !is_link {
            operands.push(rest);
            break;
        }
        operands.push(right);
        rest = left;
    }
    operands.reverse();
    operands
}

/// The operator of a binary, unary or assignment node as written.
pub(super) fn operator_of<'t>(node: Node, text: &'t str) -> &'t str {
    node.child_by_field_name("operator")
        .and_then(|operator| text.get(operator.byte_range()))
        .unwrap_or_default()
}

/// What a binary operator means, where Go and Java agree.
pub(super) fn binary_operator(operator: &str) -> Operator {
    match operator {
        "&&" => Operator::And,
        "||" => Operator::Or,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "|" => Operator::BitOr,
        "^" => Operator::BitXor,
        "<<" | ">>" | ">>>" => Operator::Shift,
        _ => Operator::BitAnd,
    }
}
