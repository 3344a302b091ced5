//! Comments.

use oxc_ast::ast;

use super::{Lowering, text};
use crate::facts::Comment;

impl Lowering<'_> {
    pub(super) fn comments(&mut self, comments: &[ast::Comment]) {
        for comment in comments {
            let inside = self.slice(comment.content_span());
            // A lone `*` after the opening marker makes it documentation; `/***` is an ornament.
            let documentation =
                comment.is_block() && inside.starts_with('*') && !inside.starts_with("**");
            let words = if comment.is_block() { without_stars(inside) } else { inside.to_owned() };
            self.facts.comments.push(Comment {
                text: text(words.trim()),
                span: self.span(comment.span),
                documentation,
            });
        }
    }
}

/// The lines of a block comment without the stars that lead them.
fn without_stars(inside: &str) -> String {
    let lines: Vec<_> =
        inside.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
    lines.join("\n")
}
