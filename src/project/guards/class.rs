//! Guards that are classes: what their method decides, or the guard that they extend.

use super::{
    Assessment, Grade, Grader, Level, Mode, Weakness,
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{StatementKind, vocabulary::Meaning},
    project::{Body, Call, ClassRef, Definition, In, Type, Value},
};

/// The methods that frameworks call to decide.
const METHODS: [&str; 11] = [
    "canActivate",
    "__call__",
    "dispatch",
    "use",
    "handle",
    "from_request_parts",
    "from_request",
    "has_permission",
    "intercept",
    "filter",
    "doFilterInternal",
];

/// How many classes deep a guard is inherited.
const DEPTH_MAX: usize = 4;

impl<'p> Grader<'p> {
    pub(super) fn class(&mut self, class: ClassRef, mode: &Mode) -> Assessment {
        let mut class = self.project.class(class);
        for _ in 0..DEPTH_MAX {
            if let Some(method) = deciding_method(class, mode) {
                return self.function(method.at, mode);
            }
            if let Some(known) = self.known_base(class) {
                return known;
            }
            let mut bases = bases(class);
            let extended = bases.find_map(|base| match base.resolve() {
                Definition::Class(base) => Some(base),
                _ => None,
            });
            match extended {
                Some(base) => class = self.project.class(base),
                None => break,
            }
        }
        Assessment::none()
    }

    /// Does a class say in a method of its own what it lets pass?
    pub(super) fn decides(&self, class: ClassRef, mode: &Mode) -> bool {
        deciding_method(self.project.class(class), mode).is_some()
    }

    /// What a library's guard is worth that a class extends: `extends AuthGuard("jwt")`.
    fn known_base(&self, class: Type<'p>) -> Option<Assessment> {
        let known = bases(class).find_map(|base| match base.as_call() {
            Some(call) => self.known_call(call.path(), Some(call)),
            None => self.known_call(&base.path(), None),
        })?;
        let is_open = class.method("handleRequest").is_some_and(|method| {
            let facts = &method.unit().facts;
            let throws = method
                .statements()
                .iter()
                .any(|&statement| matches!(facts[statement].kind, StatementKind::Throw(_)));
            let asks_base = |call: Call<'_>| call.callee_value().source() == "super.handleRequest";
            !throws && !method.calls().any(|call| call.means(Meaning::Reject) || asks_base(call))
        });
        if is_open {
            let why = "its `handleRequest` lets strangers through";
            let weakness = Some(Weakness::FailsOpen);
            return Some(Assessment { weakness, ..Assessment::new(Grade::G0, why) });
        }
        Some(known)
    }
}

fn deciding_method<'p>(class: Type<'p>, mode: &Mode) -> Option<Body<'p>> {
    if *mode == Mode::Truth {
        let named = |name: &str| class.methods().find(|method| method.function().name == name);
        return named("__call__").or_else(|| named("authenticate"));
    }
    class.methods().find(|method| METHODS.contains(&method.function().name.as_str()))
}

fn bases(class: Type<'_>) -> impl Iterator<Item = Value<'_>> {
    let written = class.class().bases.iter();
    written.map(move |&id| class.project.value(In { file: class.at.file, id }))
}

impl<'p> Walker<'_, 'p> {
    /// `super.canActivate(context)`: what the class that this guard extends proves.
    pub(super) fn inherited_guard(&mut self, call: Call<'p>, path: &mut Path) -> Option<Label> {
        // Python's says no by what it returns.
        let throws = match call.callee_value().source() {
            "super.canActivate" => true,
            "super().has_permission" => false,
            _ => return None,
        };
        let class = self.grader.project.body(self.file).class()?;
        let extended = || {
            bases(class).find_map(|base| match base.resolve() {
                Definition::Class(base) => Some(base),
                _ => None,
            })
        };
        let assessment = if let Some(known) = self.grader.known_base(class) {
            known
        } else {
            self.grader.class(extended()?, &Mode::Dependency)
        };
        self.reads_credential |= assessment.grade.is_some();
        self.role |= assessment.role;
        let (level, label) = match assessment.grade? {
            Grade::G3 | Grade::G4 => (Level::Verified, Label::Proof),
            Grade::G2 => (Level::Identity, Label::Identity),
            Grade::G0 | Grade::G1 => return None,
        };
        self.decided_at = assessment.decided_at.or(Some(call.location()));
        if throws {
            path.raise(level);
        }
        Some(label)
    }
}
