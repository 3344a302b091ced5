//! Properties of a token that can be verified without asking its issuer.

use serde::Deserialize;

/// What a row of the table may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// The last six characters are the checksum of the ones before.
    Crc32Base62,
    /// A token whose payload names a role that bypasses the rules of a database.
    ServiceRole,
    /// The body between the markers is long enough to be a key.
    PrivateKey,
    /// Digits and both cases, as chance makes them and names do not have them. It proves nothing more.
    Mixed,
}

impl Check {
    /// None: not what it looks like. Otherwise whether the check proves it.
    pub(super) fn verify(self, token: &str, body: &str) -> bool {
        match self {
            Self::Crc32Base62 => has_checksum(body),
            Self::ServiceRole => is_service_role(token),
            Self::PrivateKey => is_private_key(body),
            Self::Mixed => is_mixed(body),
        }
    }

    /// Is a token that passes certainly one?
    pub(super) const fn proves(self) -> bool {
        !matches!(self, Self::Mixed)
    }
}

fn is_mixed(body: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| body.as_bytes().iter().any(wanted);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKSUM_DIGITS: usize = 6;

fn has_checksum(body: &str) -> bool {
    let Some(split) = body.len().checked_sub(CHECKSUM_DIGITS) else { return false };
    let (random, checksum) = body.split_at(split);
    checksum_of(random) == checksum
}

/// CRC-32 in base 62, padded with zeros.
fn checksum_of(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut digits = [b'0'; CHECKSUM_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// The demo issuer signs the tokens that everybody's local installation accepts.
fn is_service_role(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(decoded);
    let payload =
        payload.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let text = |key: &str| payload.as_ref()?.get(key)?.as_str().map(str::to_owned);
    let role = text("role").unwrap_or_default();
    let issuer = text("iss").unwrap_or_default();
    matches!(role.as_str(), "service_role" | "supabase_admin") && !issuer.contains("demo")
}

/// Base 64 in its alphabet for addresses, without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

const KEY_CHARACTERS_MIN: usize = 64;

fn is_private_key(body: &str) -> bool {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let body = body.rsplit("-----").next().unwrap_or(body);
    let key: Vec<u8> = body.bytes().filter(|byte| is_key(byte)).collect();
    key.len() >= KEY_CHARACTERS_MIN
        && !body.contains("...")
        && !crate::facts::secret::placeholder::has_no_variety(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_told_from_chance() {
        let random = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        assert_eq!(checksum_of(random), "0mLq17");
        assert!(has_checksum(&format!("{random}0mLq17")));
        assert!(!has_checksum(&format!("{random}0mLq18")));
    }

    #[test]
    fn base_64_is_read() {
        assert_eq!(decoded("eyJyIjoxfQ").as_deref(), Some(&br#"{"r":1}"#[..]));
        assert_eq!(decoded("a b"), None);
    }

    #[test]
    fn chance_mixes_what_names_do_not() {
        assert!(is_mixed("9wxD0YZ6SBbg7SJ8UJYdkl4u"));
        for name in ["AcceptanceTimeoutSeconds", "allinlowercase12", "ALLINUPPERCASE12"] {
            assert!(!is_mixed(name), "{name}");
        }
        assert!(!Check::Mixed.proves() && Check::Crc32Base62.proves());
    }
}
