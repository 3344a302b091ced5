//! Facts as indented text, for fixtures and for people: one statement a line, one form an expression.

use std::fmt::Write as _;

use super::{
    Argument, Block, CallStyle, Class, Entry, EntryKey, ExpressionId, ExpressionKind, Facts,
    FunctionId, Parameter, Pattern, StatementId, StatementKind,
};

/// Prints the whole of `facts`.
pub fn outline(facts: &Facts) -> String {
    let mut printer = Printer { facts, out: String::new(), depth: 0 };
    for directive in &facts.directives {
        printer.line(&format!("directive {directive:?}"));
    }
    for import in &facts.imports {
        let mut text = format!("import {} = {:?}", import.local, import.module);
        if let Some(name) = &import.name {
            let _ = write!(text, ".{name}");
        }
        for (set, word) in
            [(import.type_only, "type"), (import.glob, "glob"), (import.effect_only, "effect")]
        {
            if set {
                let _ = write!(text, " {word}");
            }
        }
        printer.line(&text);
    }
    for export in &facts.exports {
        let mut text = format!("export {}", export.name);
        if let Some(value) = export.value {
            let _ = write!(text, " = {}", printer.expression(value));
        }
        if let Some(from) = &export.from {
            let name = export.name_there.as_deref().unwrap_or("*");
            let _ = write!(text, " from {from:?}.{name}");
        }
        printer.line(&text);
    }
    for class in &facts.classes {
        printer.class(class);
    }
    for comment in &facts.comments {
        let kind = if comment.documentation { "documentation" } else { "comment" };
        printer.line(&format!("{kind} {:?}", comment.text));
    }
    for span in &facts.broken {
        printer.line(&format!("broken {}..{}", span.start, span.end));
    }
    printer.block(&facts[Facts::TOP_LEVEL].body);
    for (id, function) in facts.functions() {
        if function.class.is_some() {
            printer.function(id);
        }
    }
    printer.out
}

struct Printer<'f> {
    facts: &'f Facts,
    out: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn nested(&mut self, block: &Block) {
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
    }

    fn titled(&mut self, title: &str, block: &Block) {
        self.line(title);
        self.nested(block);
    }

    fn block(&mut self, block: &Block) {
        for &statement in block {
            self.statement(statement);
        }
    }

    fn class(&mut self, class: &Class) {
        let mut text = format!("class {:?} {}", class.kind, class.name);
        for &base in &class.bases {
            let _ = write!(text, " < {}", self.expression(base));
        }
        for (name, value) in &class.options {
            let _ = write!(text, " {name}={}", self.expression(*value));
        }
        self.decorators(&class.decorators);
        self.line(&text);
        self.depth += 1;
        for field in &class.fields {
            self.decorators(&field.decorators);
            let mut text = format!("field {}", field.name);
            self.annotate(&mut text, field.annotation, field.value);
            self.line(&text);
        }
        for &method in &class.methods {
            self.line(&format!("method {}", self.facts[method].name));
        }
        self.depth -= 1;
    }

    fn decorators(&mut self, decorators: &[ExpressionId]) {
        for &decorator in decorators {
            let text = format!("@{}", self.expression(decorator));
            self.line(&text);
        }
    }

    fn annotate(
        &mut self,
        text: &mut String,
        annotation: Option<ExpressionId>,
        value: Option<ExpressionId>,
    ) {
        if let Some(annotation) = annotation {
            let _ = write!(text, ": {}", self.expression(annotation));
        }
        if let Some(value) = value {
            let _ = write!(text, " = {}", self.expression(value));
        }
    }

    fn function(&mut self, id: FunctionId) {
        let function = &self.facts[id];
        self.decorators(&function.decorators);
        let title = self.signature(id);
        for directive in &function.directives {
            self.line(&format!("directive {directive:?}"));
        }
        self.titled(&title, &function.body);
    }

    fn signature(&mut self, id: FunctionId) -> String {
        let function = &self.facts[id];
        let mut text = String::new();
        for (set, word) in [
            (function.is_public, "public "),
            (function.is_static, "static "),
            (function.is_async, "async "),
            (function.is_generator, "generator "),
        ] {
            if set {
                text.push_str(word);
            }
        }
        let parameters: Vec<String> =
            function.parameters.iter().map(|parameter| self.parameter(parameter)).collect();
        let class = function.class.map(|class| format!("{}.", self.facts[class].name));
        let _ = write!(
            text,
            "function {}{}({})",
            class.unwrap_or_default(),
            function.name,
            parameters.join(", ")
        );
        if let Some(returns) = function.returns {
            let _ = write!(text, " -> {}", self.expression(returns));
        }
        text
    }

    fn parameter(&mut self, parameter: &Parameter) -> String {
        let mut text = String::new();
        for &decorator in &parameter.decorators {
            let _ = write!(text, "@{} ", self.expression(decorator));
        }
        text.push_str(match parameter.kind {
            super::ParameterKind::Plain => "",
            super::ParameterKind::Receiver => "receiver ",
            super::ParameterKind::Rest => "*",
            super::ParameterKind::Keywords => "**",
        });
        let _ = write!(text, "{}", self.pattern(&parameter.pattern));
        self.annotate(&mut text, parameter.annotation, parameter.default);
        text
    }

    fn pattern(&mut self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Name(name) => name.to_string(),
            Pattern::Place(place) => self.expression(*place),
            Pattern::Fields { fields, rest } => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(key, pattern)| format!("{key}: {}", self.pattern(pattern)))
                    .collect();
                parts.extend(rest.iter().map(|rest| format!("...{rest}")));
                format!("{{{}}}", parts.join(", "))
            }
            Pattern::Items(items) => format!("[{}]", self.patterns(items)),
            Pattern::Variant { path, items } => format!("{path}({})", self.patterns(items)),
            Pattern::WithDefault(pattern, default) => {
                format!("{} = {}", self.pattern(pattern), self.expression(*default))
            }
            Pattern::Ignore => "_".to_owned(),
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> String {
        let texts: Vec<String> = patterns.iter().map(|pattern| self.pattern(pattern)).collect();
        texts.join(", ")
    }

    fn optional(&mut self, word: &str, value: Option<ExpressionId>) {
        let text = match value {
            Some(value) => format!("{word} {}", self.expression(value)),
            None => word.to_owned(),
        };
        self.line(&text);
    }

    fn statement(&mut self, id: StatementId) {
        let facts = self.facts;
        match &facts[id].kind {
            StatementKind::Expression(value) => {
                let text = self.expression(*value);
                self.line(&text);
            }
            StatementKind::Bind { target, annotation, value } => {
                let mut text = format!("bind {}", self.pattern(target));
                self.annotate(&mut text, *annotation, *value);
                self.line(&text);
            }
            StatementKind::Return(value) => self.optional("return", *value),
            StatementKind::Throw(value) => self.optional("throw", *value),
            StatementKind::If { test, binding, then, otherwise } => {
                let mut title = format!("if {}", self.expression(*test));
                if let Some((pattern, value)) = binding {
                    let value = self.expression(*value);
                    let _ = write!(title, " binds {} = {value}", self.pattern(pattern));
                }
                self.titled(&title, then);
                if !otherwise.is_empty() {
                    self.titled("else", otherwise);
                }
            }
            StatementKind::Loop { kind, target, source, body, otherwise } => {
                let mut title = format!("loop {kind:?}");
                if let Some(target) = target {
                    let _ = write!(title, " {}", self.pattern(target));
                }
                if let Some(source) = source {
                    let _ = write!(title, " of {}", self.expression(*source));
                }
                self.titled(&title, body);
                if !otherwise.is_empty() {
                    self.titled("else", otherwise);
                }
            }
            StatementKind::Match { subject, arms } => {
                self.optional("match", *subject);
                self.depth += 1;
                for arm in arms {
                    let tests: Vec<String> =
                        arm.tests.iter().map(|&test| self.expression(test)).collect();
                    let mut title = format!("arm {}", tests.join(" | "));
                    if let Some(binding) = &arm.binding {
                        let _ = write!(title, " binds {}", self.pattern(binding));
                    }
                    if let Some(guard) = arm.guard {
                        let _ = write!(title, " when {}", self.expression(guard));
                    }
                    self.titled(&title, &arm.body);
                }
                self.depth -= 1;
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                self.titled("try", body);
                for handler in handlers {
                    let mut title = "handle".to_owned();
                    for &kind in &handler.types {
                        let _ = write!(title, " {}", self.expression(kind));
                    }
                    if let Some(binding) = &handler.binding {
                        let _ = write!(title, " as {}", self.pattern(binding));
                    }
                    self.titled(&title, &handler.body);
                }
                for (title, block) in [("else", otherwise), ("finally", finally)] {
                    if !block.is_empty() {
                        self.titled(title, block);
                    }
                }
            }
            StatementKind::With { items, body } => {
                let items: Vec<String> = items
                    .iter()
                    .map(|(value, target)| match target {
                        Some(target) => {
                            format!("{} as {}", self.expression(*value), self.pattern(target))
                        }
                        None => self.expression(*value),
                    })
                    .collect();
                self.titled(&format!("with {}", items.join(", ")), body);
            }
            StatementKind::Defer(value) => self.optional("defer", Some(*value)),
            StatementKind::Spawn(value) => self.optional("spawn", Some(*value)),
            StatementKind::Block(block) => self.titled("block", block),
            StatementKind::Break => self.line("break"),
            StatementKind::Continue => self.line("continue"),
            StatementKind::Assert { test, .. } => self.optional("assert", Some(*test)),
            StatementKind::Function(function) => self.function(*function),
            StatementKind::Class(class) => {
                let name = format!("declares class {}", facts[*class].name);
                self.line(&name);
            }
        }
    }

    fn expressions(&mut self, ids: &[ExpressionId]) -> String {
        let texts: Vec<String> = ids.iter().map(|&id| self.expression(id)).collect();
        texts.join(", ")
    }

    fn entries(&mut self, entries: &[Entry]) -> String {
        let texts: Vec<String> = entries
            .iter()
            .map(|entry| {
                let value = self.expression(entry.value);
                match &entry.key {
                    EntryKey::Name(name) => format!("{name}: {value}"),
                    EntryKey::Computed(key) => format!("[{}]: {value}", self.expression(*key)),
                    EntryKey::Spread => format!("...{value}"),
                }
            })
            .collect();
        texts.join(", ")
    }

    fn arguments(&mut self, arguments: &[Argument]) -> String {
        let texts: Vec<String> = arguments
            .iter()
            .map(|argument| {
                let value = self.expression(argument.value);
                let stars = if argument.spread { "..." } else { "" };
                match &argument.name {
                    Some(name) => format!("{stars}{name}={value}"),
                    None => format!("{stars}{value}"),
                }
            })
            .collect();
        texts.join(", ")
    }

    fn expression(&mut self, id: ExpressionId) -> String {
        let facts = self.facts;
        match &facts[id].kind {
            ExpressionKind::Text(text) => format!("{text:?}"),
            ExpressionKind::Number(number) => number.to_string(),
            ExpressionKind::Bool(value) => value.to_string(),
            ExpressionKind::Null => "null".to_owned(),
            ExpressionKind::Regex(pattern) => format!("/{pattern}/"),
            ExpressionKind::Name(name) => name.to_string(),
            ExpressionKind::Member { object, name } => {
                format!("{}.{name}", self.expression(*object))
            }
            ExpressionKind::Index { object, index } => {
                format!("{}[{}]", self.expression(*object), self.expression(*index))
            }
            ExpressionKind::Call { callee, arguments, style } => {
                let callee = self.expression(*callee);
                let arguments = self.arguments(arguments);
                match style {
                    CallStyle::Plain => format!("{callee}({arguments})"),
                    CallStyle::New => format!("new {callee}({arguments})"),
                    CallStyle::Macro => format!("{callee}!({arguments})"),
                    CallStyle::Tagged => format!("{callee}`{arguments}`"),
                    CallStyle::Struct => format!("{callee}{{{arguments}}}"),
                }
            }
            ExpressionKind::Concat(parts) => format!("concat({})", self.expressions(parts)),
            ExpressionKind::Operation { operator, operands } => {
                format!("{operator:?}({})", self.expressions(operands))
            }
            ExpressionKind::Await(value) => format!("await {}", self.expression(*value)),
            ExpressionKind::Propagate(value) => format!("{}?", self.expression(*value)),
            ExpressionKind::Conditional { test, then, otherwise } => format!(
                "({} ? {} : {})",
                self.expression(*test),
                self.expression(*then),
                self.expression(*otherwise)
            ),
            ExpressionKind::Object(entries) => format!("{{{}}}", self.entries(entries)),
            ExpressionKind::List(items) => format!("[{}]", self.expressions(items)),
            ExpressionKind::Function(function) => self.inline_function(*function),
            ExpressionKind::Class(class) => format!("class {}", facts[*class].name),
            ExpressionKind::Spread(value) => format!("...{}", self.expression(*value)),
            ExpressionKind::Cast { value, to } => {
                format!("({} as {})", self.expression(*value), self.expression(*to))
            }
            ExpressionKind::Assign { target, operator, value } => {
                let operator = operator.map(|operator| format!("{operator:?}")).unwrap_or_default();
                format!("({} {operator}= {})", self.expression(*target), self.expression(*value))
            }
            ExpressionKind::Element { name, attributes, children } => {
                format!("<{name} {}>[{}]", self.entries(attributes), self.expressions(children))
            }
            ExpressionKind::Yield(value) => {
                let value = value.map(|value| self.expression(value)).unwrap_or_default();
                format!("yield {value}")
            }
            ExpressionKind::Branches(statement) => {
                format!("branches {}", self.inline_block(&vec![*statement]))
            }
            ExpressionKind::Comprehension { element, target, source, conditions } => format!(
                "[{} for {} of {} if {}]",
                self.expression(*element),
                self.pattern(target),
                self.expression(*source),
                self.expressions(conditions)
            ),
            ExpressionKind::Other(children) => format!("other({})", self.expressions(children)),
        }
    }

    fn inline_function(&mut self, id: FunctionId) -> String {
        let signature = self.signature(id);
        format!("{signature} {}", self.inline_block(&self.facts[id].body))
    }

    /// A block inside an expression: its statements on one line, separated by semicolons.
    fn inline_block(&mut self, block: &Block) -> String {
        let mut inner = Printer { facts: self.facts, out: String::new(), depth: 0 };
        inner.block(block);
        let lines: Vec<&str> = inner.out.lines().map(str::trim).collect();
        format!("{{ {} }}", lines.join("; "))
    }
}
