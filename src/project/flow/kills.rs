//! What has been done to a value that takes the danger out of it for some uses.

use std::ops::{BitAnd, BitOr};

/// A set of treatments. Two paths that join keep what both did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kills(u32);

impl Kills {
    pub const NONE: Self = Self(0);
    /// One of a closed list: all that any other treatment gives.
    pub const ALLOWED: Self = Self((1 << 19) - 2);
    /// A number, date, identifier or digest: cannot carry an attack.
    pub const COERCED: Self = Self((1 << 19) - 1);
    pub const HTML: Self = Self(1 << 2);
    pub const SHELL: Self = Self(1 << 3);
    /// Stays below a folder.
    pub const PATH: Self = Self(1 << 4);
    /// Its host was checked.
    pub const URL: Self = Self(1 << 5);
    /// Quoted as an identifier or a literal of SQL.
    pub const SQL: Self = Self(1 << 6);
    /// Certainly a string: no operator of a document query.
    pub const TEXT: Self = Self(1 << 7);
    /// A path without `..`: the start of it may be compared.
    pub const CANONICAL: Self = Self(1 << 8);
    /// Fits a schema.
    pub const VALIDATED: Self = Self(1 << 9);
    /// Has no line breaks.
    pub const LINE: Self = Self(1 << 10);
    /// Starts with `/`.
    pub const ROOTED: Self = Self(1 << 11);
    /// Does not start with `//`.
    pub const ONE_SLASH: Self = Self(1 << 12);
    /// Holds no `..`.
    pub const NO_PARENT: Self = Self(1 << 13);
    /// No operators of regular expressions.
    pub const PATTERN: Self = Self(1 << 14);
    /// A literal of the language, not code.
    pub const LITERAL: Self = Self(1 << 15);
    /// Its length or size has a bound.
    pub const BOUNDED: Self = Self(1 << 16);
    /// Named fields were taken from it, or it is one of them.
    pub const PROJECTED: Self = Self(1 << 17);
    /// Its signature was verified.
    pub const SIGNED: Self = Self(1 << 18);
    /// It went through a call that is not known; it may no longer be what came in.
    pub const DOUBTFUL: Self = Self(1 << 19);

    /// Its signs that mean something in a search filter of a directory are escaped.
    pub const FILTER: Self = Self(1 << 20);
    /// Holds no quotes.
    pub const QUOTE: Self = Self(1 << 21);

    /// Compared with the most that is allowed.
    pub const CAPPED: Self = Self(1 << 22);

    /// Read into a type that says which fields it has.
    pub const SHAPED: Self = Self(1 << 23);

    /// Its single quotes were written twice, as SQL wants them between single quotes.
    pub const DOUBLED: Self = Self(1 << 24);

    /// Put between single quotes.
    pub const QUOTED: Self = Self(1 << 25);

    /// What encoding for a part of a URL does: no quotes, slashes, spaces or line breaks remain.
    pub const URL_ENCODED: Self =
        Self(Self::HTML.0 | Self::PATH.0 | Self::LINE.0 | Self::TEXT.0 | Self::URL.0);

    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Kills {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Kills {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
