//! Days, for expiry dates.

use std::{fmt, str::FromStr};

use anyhow::{Context as _, Error, Result};

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// Nothing when there is no such day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let exists =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The day (in UTC) of a moment, in seconds since 1970.
    pub fn of_unix_seconds(seconds: u64) -> Option<Self> {
        let mut days = seconds / 86_400;
        let mut year = 1970;
        loop {
            let length = if Self::new(year, 2, 29).is_some() { 366 } else { 365 };
            if days < length {
                break;
            }
            days -= length;
            year += 1;
            if year > 9999 {
                return None;
            }
        }
        let all_days =
            (1..=12).flat_map(|month| (1..=31).filter_map(move |day| Self::new(year, month, day)));
        all_days.into_iter().nth(usize::try_from(days).ok()?)
    }

    /// The same day of the next year; the day after for 29 February.
    #[must_use]
    pub fn a_year_later(self) -> Self {
        let year = self.year + 1;
        Self::new(year, self.month, self.day).unwrap_or(Self { year, month: 3, day: 1 })
    }
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let parsed = match parts.as_slice() {
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
                let number = |digits: &str| digits.parse::<u16>().ok();
                let small = |digits: &str| digits.parse::<u8>().ok();
                number(year).zip(small(month)).zip(small(day))
            }
            _ => None,
        };
        parsed
            .and_then(|((year, month), day)| Self::new(i32::from(year), month, day))
            .with_context(|| format!("`{text}` is not a day; write it as 2027-01-31"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_exist_or_not() {
        assert!("2028-02-29".parse::<Date>().is_ok());
        for wrong in ["2027-02-29", "2027-13-01", "2027-1-1", "tomorrow", ""] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_give_their_day() {
        let day = |seconds| Date::of_unix_seconds(seconds).map(|date| date.to_string());
        assert_eq!(day(0).as_deref(), Some("1970-01-01"));
        assert_eq!(day(1_709_164_800).as_deref(), Some("2024-02-29"));
        assert_eq!(day(u64::MAX), None);
    }
}
