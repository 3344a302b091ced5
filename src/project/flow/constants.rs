//! Arithmetic and text of known values.

use super::{held::Held, trace::Constant};
use crate::facts::{Operator, Text};

/// Longer texts are not computed.
const TEXT_MAX: usize = 4096;

pub(super) fn number(literal: &str) -> Option<i64> {
    let digits = literal.replace('_', "");
    let digits = digits.trim_end_matches(['n', 'L', 'l']);
    match digits.strip_prefix("0x") {
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// The value of an operator over known values.
pub(super) fn operate(operator: Operator, operands: &[&Constant]) -> Option<Constant> {
    match (operator, operands) {
        (Operator::Not, [value]) => Some(Constant::Bool(!value.is_truthy())),
        (Operator::Negate, [Constant::Integer(number)]) => {
            number.checked_neg().map(Constant::Integer)
        }
        (Operator::Equal, [first, second]) => Some(Constant::Bool(first == second)),
        (Operator::NotEqual, [first, second]) => Some(Constant::Bool(first != second)),
        (_, [Constant::Integer(first), rest @ ..]) if !rest.is_empty() => {
            integers(operator, *first, rest)
        }
        (Operator::In, [Constant::Text(part), Constant::Text(whole)]) => {
            Some(Constant::Bool(whole.contains(part.as_str())))
        }
        _ => None,
    }
}

fn integers(operator: Operator, first: i64, rest: &[&Constant]) -> Option<Constant> {
    let mut result = first;
    for (number, operand) in rest.iter().enumerate() {
        let Constant::Integer(operand) = **operand else { return None };
        let compared = match operator {
            Operator::Less => Some(result < operand),
            Operator::LessOrEqual => Some(result <= operand),
            Operator::Greater => Some(result > operand),
            Operator::GreaterOrEqual => Some(result >= operand),
            _ => None,
        };
        if let Some(compared) = compared {
            return (number + 1 == rest.len()).then_some(Constant::Bool(compared));
        }
        result = match operator {
            Operator::Add => result.checked_add(operand)?,
            Operator::Subtract => result.checked_sub(operand)?,
            Operator::Multiply => result.checked_mul(operand)?,
            Operator::Divide if operand != 0 => result.checked_div(operand)?,
            Operator::Remainder if operand != 0 => result.checked_rem(operand)?,
            _ => return None,
        };
    }
    Some(Constant::Integer(result))
}

/// What a text of these parts is.
pub(super) fn concatenated(parts: &[Held]) -> (Option<Constant>, Option<Text>) {
    let mut start = Text::default();
    for part in parts {
        match &part.constant {
            Some(constant) if start.len() < TEXT_MAX => start.push_str(&constant.display()),
            _ => {
                if let Some(prefix) = &part.prefix {
                    start.push_str(prefix);
                }
                return (None, Some(start));
            }
        }
    }
    (Some(Constant::Text(start)), None)
}

/// What a method of a known text yields.
pub(super) fn method(text: &str, name: &str, arguments: &[Option<&Constant>]) -> Option<Constant> {
    let index = |position: usize| match arguments.get(position) {
        Some(Some(Constant::Integer(number))) => usize::try_from(*number).ok(),
        _ => None,
    };
    match name {
        "charAt" | "codePointAt" => one_character(text, index(0)?),
        "substring" | "slice" => {
            let start = index(0)?;
            let end = if arguments.len() > 1 { index(1)? } else { text.chars().count() };
            let taken = text.chars().skip(start).take(end.checked_sub(start)?).collect::<String>();
            Some(Constant::Text(taken.into()))
        }
        "toString" | "trim" | "strip" | "to_string" | "to_owned" | "intern" => {
            Some(Constant::Text(text.trim().into()))
        }
        "toLowerCase" | "lower" => Some(Constant::Text(text.to_lowercase().into())),
        "toUpperCase" | "upper" => Some(Constant::Text(text.to_uppercase().into())),
        "length" | "len" => i64::try_from(text.chars().count()).ok().map(Constant::Integer),
        "isEmpty" => Some(Constant::Bool(text.is_empty())),
        "equals" => match arguments.first() {
            Some(Some(Constant::Text(other))) => Some(Constant::Bool(text == other.as_str())),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn one_character(text: &str, index: usize) -> Option<Constant> {
    text.chars().nth(index).map(|character| Constant::Text(Text::from(character.to_string())))
}
