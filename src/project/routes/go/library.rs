//! What the routing libraries of Go call things.

/// A library that routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    Standard,
    Gorilla,
    Chi,
    Gin,
    Echo,
    Fiber,
    HttpRouter,
}

impl Library {
    /// The library whose application, router or group a value with this canonical path is.
    pub(super) fn of(path: &str) -> Option<Self> {
        let (library, rest) = PREFIXES
            .iter()
            .find_map(|&(prefix, library)| path.strip_prefix(prefix).map(|rest| (library, rest)))?;
        // `/v5.NewRouter()`, `.Default().Group()`: the version of the module, then what was made.
        let made = rest.split_once('.').map(|(_, made)| made)?;
        let first = made.split('.').next().unwrap_or_default();
        let is_router = match library {
            Self::Standard => matches!(first, "NewServeMux()" | "ServeMux()" | "DefaultServeMux"),
            Self::Gorilla => matches!(first, "NewRouter()" | "Router()" | "Route()"),
            Self::Chi => {
                matches!(first, "NewRouter()" | "NewMux()" | "Router()" | "Mux()")
            }
            Self::Gin => matches!(
                first,
                "New()" | "Default()" | "Engine()" | "RouterGroup()" | "IRouter()" | "IRoutes()"
            ),
            Self::Echo => matches!(first, "New()" | "Echo()" | "Group()"),
            Self::Fiber => matches!(first, "New()" | "App()" | "Router()" | "Group()"),
            Self::HttpRouter => matches!(first, "New()" | "Router()"),
        };
        is_router.then_some(library)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "net/http",
            Self::Gorilla => "gorilla",
            Self::Chi => "chi",
            Self::Gin => "gin",
            Self::Echo => "echo",
            Self::Fiber => "fiber",
            Self::HttpRouter => "httprouter",
        }
    }

    /// Does a middleware stand only before what is registered after it? chi refuses to start where one comes too
    /// late for a router, but not for a group.
    pub(super) const fn is_ordered(self) -> bool {
        matches!(self, Self::Gin | Self::Echo | Self::Fiber | Self::Chi)
    }

    /// The verb that a method registers handlers for: `GET` of `router.Get` or `router.GET`.
    pub(super) fn verb(self, name: &str) -> Option<&'static str> {
        let verbs =
            ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
        match (self, name) {
            (Self::Gin | Self::Echo, "Any") | (Self::Fiber, "All") => Some("ANY"),
            (Self::Gin | Self::Echo | Self::HttpRouter, name) => {
                verbs.into_iter().find(|verb| *verb == name)
            }
            (Self::Chi | Self::Fiber, name) => verbs.into_iter().find(|verb| {
                verb.eq_ignore_ascii_case(name)
                    && name.starts_with(char::is_uppercase)
                    && name != *verb
            }),
            (Self::Standard | Self::Gorilla, _) => None,
        }
    }
}

const PREFIXES: [(&str, Library); 8] = [
    ("net/http", Library::Standard),
    ("github.com/gorilla/mux", Library::Gorilla),
    ("github.com/go-chi/chi", Library::Chi),
    ("gopkg.in/chi", Library::Chi),
    ("github.com/gin-gonic/gin", Library::Gin),
    ("github.com/labstack/echo", Library::Echo),
    ("github.com/gofiber/fiber", Library::Fiber),
    ("github.com/julienschmidt/httprouter", Library::HttpRouter),
];

/// Types of handlers: converting a function to one changes nothing.
pub(super) fn is_handler_type(path: &str) -> bool {
    let last = path.trim_end_matches("()").rsplit('.').next().unwrap_or_default();
    matches!(
        last,
        "HandlerFunc" | "Handler" | "MiddlewareFunc" | "Handle" | "func" | "RouteHandler"
    )
}

/// Functions of libraries that hand a request on to the handler at this position, unguarded.
pub(super) fn hands_on(path: &str) -> Option<usize> {
    let (before, last) = path.rsplit_once('.')?;
    match last {
        // A conversion; a method of this name may be anything.
        "HandlerFunc" | "Handler" if before.contains("()") => None,
        "HandlerFunc"
        | "Handler"
        | "WrapH"
        | "WrapF"
        | "WrapHandler"
        | "HTTPHandler"
        | "HTTPHandlerFunc"
        | "TimeoutHandler"
        | "MaxBytesHandler"
        | "AllowQuerySemicolons"
        | "CompressHandler"
        | "RecoveryHandler"
        | "NewHandler"
        | "H2cHandler" => Some(0),
        "StripPrefix" | "LoggingHandler" | "CombinedLoggingHandler" => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Library;

    #[test]
    fn routers_are_known_by_what_made_them() {
        assert_eq!(Library::of("github.com/go-chi/chi/v5.NewRouter().With()"), Some(Library::Chi));
        assert_eq!(Library::of("github.com/gin-gonic/gin.Default().Group()"), Some(Library::Gin));
        assert_eq!(Library::of("github.com/gin-gonic/gin.Context()"), None);
        assert_eq!(Library::of("net/http.Request().Header"), None);
    }

    #[test]
    fn verbs_are_spelled_as_each_library_does() {
        assert_eq!(Library::Chi.verb("Get"), Some("GET"));
        assert_eq!(Library::Gin.verb("Get"), None);
        assert_eq!(Library::Fiber.verb("All"), Some("ANY"));
    }
}
