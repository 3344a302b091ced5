//! The closed list of what a name can mean.

use serde::{Deserialize, Serialize};

/// What a call, constructor or type is for. Libraries are data; these are not: a rule is written
/// against them, and a typo in a vocabulary file is an error at load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    // Talking to others.
    /// An outbound HTTP request. Details: `timeout` (option names, comma-separated), `default`
    /// (`none`, or seconds), `url` (argument position), `error` (`throws`, `value`).
    HttpRequest,
    /// Builds an HTTP client that carries options for its requests. Details as for `HttpRequest`.
    HttpClient,
    /// A call to a language model. Details: `model`, `timeout`, `tokens` (option names).
    ModelCall,
    /// Builds a client for language models.
    ModelClient,
    /// Records calls of models: what was asked, of which model, and what came of it.
    TraceModel,
    /// Sets a deadline around what it encloses.
    Deadline,
    SendMail,
    /// Charges, refunds or pays out.
    Payment,
    QueuePublish,

    // Data.
    DatabaseRead,
    DatabaseWrite,
    /// Takes SQL text. Detail `text`: argument position of the text.
    SqlQuery,
    /// Marks SQL text as raw, bypassing binding. Detail `text`.
    SqlRaw,
    /// A query by document. Detail `filter`: argument position.
    DocumentQuery,
    /// Opens a transaction.
    Transaction,
    DatabaseClient,
    /// A database client that bypasses row rules (service role, admin SDK). Detail `rules`: files without which
    /// there are none.
    PrivilegedClient,
    /// Asks what the program keeps in memory for what stands under a key, which is the first argument. Yields something
    /// true only where the key is known.
    MemoryRead,
    /// The same, but makes what is missing.
    MemoryDefault,
    /// Makes a map, a list or a set.
    MemoryStore,
    FileRead,
    FileWrite,
    FileDelete,
    /// Takes a path from its argument. Detail `path`: argument position.
    FilePath,

    // Interpreters.
    /// Runs a shell command line. Detail `command`: argument position; `shell`: option that makes it so.
    ShellCommand,
    /// Runs a program with separate arguments.
    ProcessSpawn,
    EvaluateCode,
    /// Searches a directory. Detail `filter`: argument position or name.
    LdapQuery,
    /// Searches an XML document. Detail `text`: argument position of the expression.
    XpathQuery,
    /// Compiles a template from text.
    TemplateFromText,
    /// Makes objects of bytes. Details: `data`, `safe` (`no`), `safe_option`.
    Deserialize,
    ParseXml,
    ExtractArchive,
    CompileRegex,
    /// Copies what an object holds into another, deeply. Detail `source`: argument positions.
    MergeObjects,
    /// Writes HTML that is not escaped.
    RawHtml,
    Redirect,

    // Answers.
    /// Answers a request. Detail `status`: argument position of the status, or its value.
    Respond,
    /// Ends a request with a refusal. Detail `status`.
    Reject,
    SetHeader,
    SetCookie,
    /// Decrypts what was sealed with a key, and fails where it was not.
    OpenSealed,
    /// Takes a cookie away from whoever sent it.
    ClearCookie,
    /// Renders a template with what it is given. The template is named by one of the arguments.
    RenderTemplate,
    /// Sets up templates. Detail `escape`: the option that turns escaping off if it is false; `raw`: if
    /// it is true.
    TemplateEngine,

    // Who is calling.
    /// Proves a credential: throws or returns a failure for a bad one. Detail `credential`: argument.
    VerifyCredential,
    /// Decodes a credential without checking it.
    DecodeCredential,
    /// Middleware, decorator or dependency that refuses unauthenticated requests by itself.
    EnforceAuthentication,
    /// Same, for a role or permission on top.
    EnforceRole,
    /// Fills in who the caller is and lets everybody through.
    PopulateIdentity,
    /// Extracts a credential and at most demands that one is present.
    RequireCredential,
    /// Yields the caller or nothing; enforcing only if its result is tested.
    ReadIdentity,
    /// Issues a session or token. Detail `expiry`: option names.
    IssueToken,
    /// Takes a secret key. Detail `key`: argument position or option names.
    TakesSecretKey,
    /// Hashes passwords. Detail `strength` (`none`): only by its name.
    HashPassword,
    ComparePassword,
    /// A digest that is too fast or too weak for passwords. Detail `algorithm`.
    FastDigest,
    /// Compares in constant time.
    ConstantTimeCompare,
    /// Verifies the signature of a webhook.
    VerifySignature,
    RateLimit,
    CsrfProtection,
    SecureRandom,
    InsecureRandom,
    Encrypt,

    // What comes in.
    /// A request, or the type of one: its parts are chosen by whoever sends it.
    RequestObject,
    /// The type of what carries a request together with the answer to it. Details: `request` (the fields
    /// that are the request), `data` (the fields that are parts of it).
    RequestContext,
    /// Data that whoever sends a request chose.
    RequestData,

    // Checking input.
    /// Validates a value against a schema: throws, or returns a result that must be tested.
    ValidateSchema,
    /// Declares a schema.
    DeclareSchema,
    /// Turns a value into a number, identifier or other kind that cannot carry an attack.
    Coerce,
    EscapeHtml,
    SanitizeHtml,
    EscapeShell,
    /// Reduces a path to its last part or joins it safely below a folder.
    ContainPath,
    /// Reads a text in some format. Detail `form` (`typed`): what it yields has a fixed form.
    ParseText,
    CheckUrl,

    // Configuration.
    ReadEnvironment,
    /// Allows other origins. Details: `origins`, `credentials` (option names), `default`.
    CrossOrigin,
    SecurityHeaders,
    /// Switches a mode for developers on. Details: `option` (the option that does), `settings` (the argument that is a
    /// whole set of settings).
    DebugMode,
    /// Shows the names of all files in a folder, or serves the folder that is its argument.
    ListFolder,
    /// Builds a server for GraphQL.
    GraphqlServer,
    /// Bounds what one GraphQL query may ask for, or which queries are answered at all.
    GraphqlLimit,
    DisableTlsVerification,
    BodyLimit,
    /// Reads what is sent to its end, whatever its length. Argument 0 is what is read.
    ReadToEnd,
    /// Tells people from robots: by a puzzle, or by what a browser says of itself.
    TellRobots,
    /// A view that signs people in by what they type.
    SignInView,
    /// A module that keeps sessions on the server. Detail `cookie`: a call that also sends the session's cookie.
    SessionStore,
    /// A module that builds pages for demonstrations out of functions. Details: `serves` (the call that starts
    /// a server) with `password`, `shared`, `address` (its options), or `command` (the program that serves).
    DemoPage,
    /// A framework that reads bodies whole, and has no limit of its own.
    UnlimitedBody,
    /// A framework that checks a body against the type of the parameter that takes it.
    TypedBody,
    /// Runs an application as a function of a platform, which limits what it hands over.
    FunctionAdapter,
    /// Refuses uploaded files. Detail `refuses`: `size` or `kind`.
    RefuseUpload,
    /// Tells what kind of file it is given by what it holds.
    TellFileKind,
    /// Takes uploaded files apart, or is one. Detail `set_up`: it sets up all others. Details: `size` and `kind` (options that refuse files), `in`
    /// (`handlers`: the kind can be refused there too).
    ReceiveUpload,

    // Operation.
    Log,
    /// Builds or configures a logger.
    Logger,
    /// `print`, `console.*`. Details as for `Log`.
    Print,
    ReportError,
    Metric,
    Trace,
    HealthCheck,
    ErrorHandler,
    GracefulShutdown,
    Retry,
    Sleep,
    /// Starts a function without a request: at times, or when something was put into a queue. Details: `framework`,
    /// `name` (positions and options that hold the name of the job), `runs` (those that hold the function),
    /// `method` (of a class, the one that runs).
    Schedule,
    /// Offers a function to models as a tool. Details as for `Schedule`; `only` (what the first argument must be),
    /// `called` (the name, where it is always the same).
    OfferTool,
    /// Builds a server of tools. Details: `asks` (options that have tokens verified), `address` (the option that says
    /// where it listens), `listens` (where it does without).
    ToolServer,
    /// Carries calls to the tools of a server. Details: `over` (`process`, `http`, `handler`, `mounted`), or `choice`:
    /// the option that says which.
    ServeTools,
    ShowToUser,
    /// Records who did what to which thing.
    AuditTrail,

    // Failing.
    /// A type of errors that says that something is not there or not so, as part of normal operation.
    ExpectedAbsence,
    /// Takes errors of the types it is given and drops them.
    SuppressErrors,
    /// Ends the thread, worker or request without an answer when it fails.
    Panics,
    /// A placeholder for code that is not written.
    NotImplemented,
    Exit,

    // Tests.
    TestCase,
    TestSuite,
    Assertion,
    /// An assertion that demands a failure.
    ExpectFailure,
    Mock,
    /// Calls the project over HTTP or in process.
    TestClient,

    // Ways in: frameworks read by `project::routes`.
    /// Builds an application or router. Detail `framework`.
    WebApplication,
    /// Registers a handler. Details: `framework`, `method`.
    RegisterRoute,
    /// Wraps a handler and hands it on unchanged in meaning (error wrappers, `asyncHandler`, `cache`).
    WrapHandler,
}
