//! Where a client of ws knocks: several servers may stand behind one `upgrade`, told apart by its path.

use super::upgrade_handler;
use crate::{
    facts::{Block, ExpressionKind, Facts, Operator, StatementKind, Text},
    project::{Body, Call, In, Value},
};

/// The path that is asked for before a connection is handed on: `if (pathname === "/feed")`.
pub(super) fn knocked_at(call: Call<'_>) -> Option<Text> {
    let handler = Some(call).filter(|call| call.name() == "handleUpgrade");
    in_function(upgrade_handler(handler?)?, call)
}

fn in_function(function: Body<'_>, call: Call<'_>) -> Option<Text> {
    let facts = &function.unit().facts;
    let value = |id| function.project.value(In { file: function.at.file, id });
    let holds = |block: &Block| holds(facts, block, call);
    // The innermost test stands last.
    function.statements().iter().rev().find_map(|&statement| match &facts[statement].kind {
        StatementKind::If { test, then, .. } if holds(then) => compared(value(*test)),
        StatementKind::Match { arms, .. } => {
            let arm = arms.iter().find(|arm| holds(&arm.body))?;
            arm.tests.iter().find_map(|&test| path(value(test)))
        }
        _ => None,
    })
}

fn holds(facts: &Facts, block: &Block, call: Call<'_>) -> bool {
    block.iter().any(|&statement| facts[statement].span.contains(call.location().span))
}

fn compared(test: Value<'_>) -> Option<Text> {
    let ExpressionKind::Operation { operator: Operator::Equal | Operator::And, operands } =
        test.kind()
    else {
        return None;
    };
    operands.iter().find_map(|&side| {
        let side = test.sibling(side);
        path(side).or_else(|| compared(side))
    })
}

fn path(value: Value<'_>) -> Option<Text> {
    value.text().filter(|text| text.starts_with('/')).map(Text::from)
}
