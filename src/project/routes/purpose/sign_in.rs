//! Ways to sign in, up and out: by their paths, and by what their handlers do.

use crate::{
    facts::vocabulary::Meaning,
    project::{
        Call, Definition, FunctionRef, Project, Type, guards::split_words,
        routes::effects::may_change,
    },
};

/// Segments that mean a way to sign in, with their purpose.
pub(super) const SIGN_IN: [&str; 40] = [
    "login",
    "signin",
    "logout",
    "signout",
    "register",
    "signup",
    "token",
    "refresh",
    "refreshtoken",
    "tokenrefresh",
    "otp",
    "magic",
    "sso",
    "saml",
    "oauth",
    "oauth2",
    "callback",
    "authorize",
    "forgot",
    "reset",
    "verify",
    "confirm",
    "activate",
    "csrf",
    "recover",
    "recovery",
    "authenticate",
    "forgotpassword",
    "resetpassword",
    "oidc",
    "openid",
    "nextauth",
    "session",
    "sessions",
    "password",
    "verification",
    "authrequest",
    "authrequests",
    "deviceauthorization",
    "devicecode",
];

/// Who signs people in for others.
const PROVIDERS: [&str; 12] = [
    "github",
    "google",
    "gitlab",
    "discord",
    "facebook",
    "apple",
    "microsoft",
    "twitter",
    "linkedin",
    "twitch",
    "auth0",
    "keycloak",
];

/// Those of them that are about something else as well: `register-device`, `refresh-prices`.
const AMBIGUOUS: [&str; 10] = [
    "register",
    "registration",
    "verification",
    "verify",
    "recover",
    "recovery",
    "confirm",
    "activate",
    "refresh",
    "reset",
];

/// Words that leave no doubt beside an ambiguous one: `resend-email-verification`, `register-user`.
const ABOUT_PEOPLE: [&str; 20] = [
    "user", "users", "account", "accounts", "member", "customer", "admin", "email", "mail",
    "phone", "code", "token", "tokens", "resend", "send", "request", "new", "api", "auth", "form",
];

/// What is confirmed, verified and reset beside people: `/bookings/confirm`.
const THINGS: [&str; 20] = [
    "booking",
    "bookings",
    "order",
    "orders",
    "payment",
    "payments",
    "appointment",
    "appointments",
    "reservation",
    "reservations",
    "invoice",
    "invoices",
    "checkout",
    "transaction",
    "transactions",
    "subscription",
    "subscriptions",
    "delivery",
    "deliveries",
    "ticket",
];

/// Procedures that sign people in or up, by their whole names.
pub(super) const SIGN_IN_PROCEDURES: [&str; 21] = [
    "login",
    "logout",
    "signin",
    "signout",
    "signup",
    "register",
    "registeruser",
    "createaccount",
    "authenticate",
    "refreshtoken",
    "tokenauth",
    "verifytoken",
    "revoketoken",
    "forgotpassword",
    "resetpassword",
    "requestpasswordreset",
    "verifyemail",
    "confirmemail",
    "resendverification",
    "sendmagiclink",
    "verifyotp",
];

pub(super) fn is_sign_in(
    fixed: &[&str],
    last_words: &[String],
    last_joined: &str,
    method: &str,
    is_catch_all: bool,
) -> bool {
    let says_so =
        |word: &String| SIGN_IN.contains(&word.as_str()) && !AMBIGUOUS.contains(&word.as_str());
    let may_say_so = |word: &String| AMBIGUOUS.contains(&word.as_str());
    let is_about_people = |word: &String| may_say_so(word) || ABOUT_PEOPLE.contains(&word.as_str());
    let before = fixed.iter().rev().nth(1);
    let is_about_things =
        last_words.iter().all(may_say_so) && before.is_some_and(|before| THINGS.contains(before));
    if is_about_things {
        return false;
    }
    let last_is_sign_in = SIGN_IN.contains(&last_joined)
        || last_words.iter().any(says_so)
        || last_words.iter().any(may_say_so) && last_words.iter().all(is_about_people);
    let last = fixed.last().copied().unwrap_or_default();
    // `/api/auth/[...nextauth]`, `/api/auth/*`: everything that a sign-in library serves.
    if is_catch_all && last == "auth" {
        return true;
    }
    // Changing a password or listing sessions is for those who are signed in.
    if matches!(last, "session" | "sessions" | "authentication") {
        return method == "POST";
    }
    if last_joined == "password" {
        return fixed.iter().any(|segment| matches!(*segment, "forgot" | "reset" | "recover"));
    }
    if matches!(last_joined, "prelogin" | "passwordhint") || is_recovery(last_words) {
        return true;
    }
    if changes_account(last_words) {
        return false;
    }
    // `/auth/github`: the door to somebody else's sign-in.
    let is_door =
        method == "GET" && matches!(fixed, [.., "auth", provider] if PROVIDERS.contains(provider));
    // `/auth/reset/step1/{user}`
    let is_step = fixed.windows(2).any(|pair| {
        matches!(pair, ["auth" | "password", "reset" | "forgot" | "recover" | "recovery"])
    });
    last_is_sign_in
        || is_door
        || is_step
        || fixed.iter().rev().skip(1).any(|segment| {
            matches!(
                *segment,
                "oauth"
                    | "oauth2"
                    | "saml"
                    | "sso"
                    | "login"
                    | "signin"
                    | "otp"
                    | "forgot-password"
                    | "reset-password"
            )
        })
}

/// `changePassword`, `delete-account`: for those who are signed in, though they are asked for their password again.
pub(super) fn changes_account(words: &[String]) -> bool {
    let first = words.first().map(String::as_str);
    matches!(first, Some("change" | "changepassword" | "update" | "delete" | "remove" | "edit"))
}

/// `reset_password_request`
pub(super) fn is_recovery(words: &[String]) -> bool {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["reset", "forgot", "forgotten", "recover", "lost"]) && has(&["password"])
}

/// A handler that compares a password is where people sign in, whatever its path.
pub(super) fn compares_password(project: &Project, handler: FunctionRef) -> bool {
    project.reaches(handler, |meaning| meaning == Meaning::ComparePassword)
        && project.reaches(handler, |meaning| meaning == Meaning::IssueToken)
        || project.body(handler).calls_within().any(takes_password)
}

/// `TokenSerializer(data=request.data)`, whose `validate` asks whether the password is right.
fn takes_password(call: Call<'_>) -> bool {
    let Definition::Class(class) = call.target() else { return false };
    let validates = call.project.class(*class).method("validate");
    let asks =
        |call: Call<'_>| call.means(Meaning::VerifyCredential) && call.named("password").is_some();
    validates.is_some_and(|validates| validates.calls_within().any(asks))
}

/// Is a handler, or the class it is a method of, called after signing people up: `register_user`,
/// `UsersRegistration`, `RegistrationAPIView`? Devices and hooks are registered as well.
pub(super) fn is_registration(project: &Project, handler: FunctionRef) -> bool {
    const OTHERS: [&str; 18] = [
        "user",
        "users",
        "account",
        "accounts",
        "member",
        "customer",
        "new",
        "api",
        "apiview",
        "view",
        "controller",
        "handler",
        "handle",
        "post",
        "create",
        "route",
        "action",
        "resource",
    ];
    let body = project.body(handler);
    let class = body.class().map(Type::name).unwrap_or_default();
    [&*body.function().name, class].into_iter().any(|name| {
        let words = split_words(name);
        let (signing_up, others): (Vec<_>, Vec<_>) = words.iter().partition(|word| {
            matches!(word.as_str(), "register" | "registration" | "signup" | "sign" | "up")
        });
        let is_whole =
            !matches!(signing_up.as_slice(), [only] if matches!(only.as_str(), "sign" | "up"));
        !signing_up.is_empty()
            && is_whole
            && others.iter().all(|word| OTHERS.contains(&word.as_str()))
    })
}

/// A handler that hashes a new password, and answers with a token or is called after what it does, lets a
/// stranger become a user, whatever its path: `POST /users`, `createUser`.
pub(super) fn registers(project: &Project, handler: FunctionRef, called: &[String]) -> bool {
    let own = split_words(&project.body(handler).function().name);
    let signs_up = |words: &[String]| {
        words.first().is_some_and(|verb| matches!(verb.as_str(), "create" | "register"))
            && words
                .last()
                .is_some_and(|last| matches!(last.as_str(), "user" | "account" | "register"))
    };
    let is_called_so = signs_up(&own) || signs_up(called);
    project.reaches(handler, |meaning| meaning == Meaning::HashPassword)
        && (is_called_so || project.reaches(handler, |meaning| meaning == Meaning::IssueToken))
}

/// A handler that changes nothing but the cookies of its caller forgets who that was.
pub(super) fn signs_out(project: &Project, handler: FunctionRef) -> bool {
    project.reaches(handler, |meaning| meaning == Meaning::ClearCookie)
        && !project.reaches_call(handler, may_change)
}
