//! Words by which code says what it is about.

use crate::project::guards::split_words;

/// Does a name or a message speak of a failure?
pub(super) fn speaks_of_failure(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "err",
        "error",
        "errors",
        "fail",
        "failed",
        "failure",
        "failures",
        "failing",
        "unable",
        "cannot",
        "couldn",
        "invalid",
        "wrong",
        "problem",
        "unavailable",
        "sorry",
        "exception",
        "issue",
        "warning",
        "unknown",
        "unreachable",
        "denied",
    ];
    text.to_ascii_lowercase().contains("could not")
        || split_words(text).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Does a name stand for a state that is shown or looked at later?
pub(super) fn is_state_of_failure(name: &str) -> bool {
    const WORDS: [&str; 16] = [
        "err",
        "error",
        "errors",
        "fail",
        "failed",
        "failure",
        "status",
        "state",
        "message",
        "msg",
        "success",
        "succeeded",
        "ok",
        "warning",
        "alert",
        "toast",
    ];
    split_words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Does a name stand for putting things away?
pub(super) fn is_cleanup(name: &str) -> bool {
    const WORDS: [&str; 25] = [
        "close",
        "disconnect",
        "destroy",
        "kill",
        "terminate",
        "unlink",
        "cleanup",
        "clean",
        "dispose",
        "abort",
        "cancel",
        "stop",
        "release",
        "rollback",
        "shutdown",
        "teardown",
        "unsubscribe",
        "del",
        "exit",
        "drop",
        "rm",
        "rmtree",
        "quit",
        "detach",
        "unmount",
    ];
    split_words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Does a name stand for telling a system of observation?
pub(super) fn is_telemetry(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "track",
        "telemetry",
        "analytics",
        "metric",
        "metrics",
        "log",
        "logger",
        "trace",
        "span",
        "capture",
        "beacon",
        "instrument",
    ];
    split_words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}
