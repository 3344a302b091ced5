#!/usr/bin/env python3
"""How gapcheck answers the samples with which gitleaks tries its own rules.

    gitleaks_samples.py CHECKOUT GAPCHECK [-v]

Each rule of gitleaks lists texts that it must find and texts that it must leave alone. They are read out of its
source; where a sample is made by chance there, one is made by the same pattern here, always the same. Only issuers in
`rules/data/tokens.toml` are counted, and of those only credentials that can be told by themselves; `-v` prints what was
missed and what was reported wrongly. Recall should be at least .95, the share of false reports at most .02.
"""
import collections, json, os, random, re, subprocess, sys, tempfile, zlib

# The beginnings of gitleaks' names for the credentials of issuers that the table has.
ISSUERS = (
    "age-secret anthropic- aws-access aws-amazon-bedrock-api-key-long azure-ad databricks- digitalocean- doppler- "
    "gcp-api github- gitlab- grafana- heroku-api-key-v2 huggingface- linear-api mailgun-private new-relic-user-api-key "
    "notion- npm- openai- perplexity- planetscale- postman- private-key pypi- rubygems- sendgrid- sentry-org sentry-user "
    "shopify- slack- square-access stripe- telegram- twilio- vault-"
).split()
# Forms in which a credential stands in a file.
FORMS = ['{i}Token = "{s}"', "{i}_token: {s}", '{{\n  "{i}_token": "{s}"\n}}', "{I}_TOKEN={s}", "var {i}Token = '{s}'"]
PATTERNS = {
    "Numeric": "[0-9]", "Hex": "[a-f0-9]", "AlphaNumeric": "[a-z0-9]", "AlphaNumericExtendedShort": "[a-z0-9_-]",
    "AlphaNumericExtended": r"[a-z0-9=_\-]", "AlphaNumericExtendedLong": r"[a-z0-9\/=_\+\-]",
}
TOKEN = re.compile(r'\s+|//[^\n]*|"(?:\\.|[^"\\])*"|`[^`]*`|[A-Za-z_][\w.]*|\d+|:=|.', re.S)
CHECKED = re.compile(r"^(gh[pour]|npm)_([A-Za-z0-9]{30})[A-Za-z0-9]{6}$")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Made(str):
    """A text of which a part was made by chance."""


def made_by(pattern, chance):
    """A text that fits a pattern of classes, groups and counts."""
    try:
        import re._parser as parser
    except ImportError:
        import sre_parse as parser

    def one(node):
        kind, value = str(node[0]), node[1]
        if kind == "LITERAL":
            return chr(value)
        if kind == "IN":
            choices = []
            for inner, what in value:
                if str(inner) == "RANGE":
                    choices += [chr(code) for code in range(what[0], what[1] + 1)]
                elif str(inner) == "LITERAL":
                    choices.append(chr(what))
                else:
                    choices += list("abcXYZ019")
            return chance.choice(choices)
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, inner = value
            return "".join(all_of(inner) for _ in range(low if low else min(1, int(high))))
        if kind == "SUBPATTERN":
            return all_of(value[-1])
        if kind == "BRANCH":
            return all_of(chance.choice(value[1]))
        return "" if kind in ("AT", "ASSERT", "ASSERT_NOT") else chance.choice("abc019")

    def all_of(nodes):
        return "".join(one(node) for node in nodes)

    return Made(all_of(parser.parse(pattern)))


def with_checksum(text):
    """Two issuers end a token with a checksum of it, which chance does not hit."""
    found = CHECKED.match(text)
    if not found:
        return text
    rest, digits = zlib.crc32(found[2].encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return f"{found[1]}_{found[2]}{digits}"


class Reader:
    """Evaluates the few expressions of Go with which the samples are written; None for anything else."""

    def __init__(self, text, chance):
        self.tokens = [part for part in TOKEN.findall(text) if not part.isspace() and not part.startswith("//")]
        self.at, self.chance, self.names = 0, chance, {}

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def listed(self, end):
        values = []
        while self.peek() not in (end, ""):
            value = self.sum()
            if self.peek() == ":":
                self.take()
                value = self.sum()
            values.append(value)
            while self.peek() not in (",", end, ""):
                self.take()
            if self.peek() == ",":
                self.take()
        self.take()
        return values

    def sum(self):
        value = self.term()
        while self.peek() == "+":
            self.take()
            other = self.term()
            fits = isinstance(value, str) and isinstance(other, str)
            is_made = isinstance(value, Made) or isinstance(other, Made)
            value = (Made if is_made else str)(value + other) if fits else None
        return value

    def term(self):
        token = self.take()
        if token.startswith("`"):
            return token[1:-1]
        if token.startswith('"'):
            return token[1:-1].encode().decode("unicode_escape", "replace")
        if token in ("[", "map"):
            while self.peek() not in ("{", ""):
                self.take()
            self.take()
            return self.listed("}")
        if token == "(":
            return (self.listed(")") or [None])[0]
        if self.peek() == "(" and re.match(r"[A-Za-z_]", token):
            self.take()
            return self.call(token, self.listed(")"))
        return self.names.get(token)

    def call(self, name, given):
        name = name.split(".")[-1]
        if name in PATTERNS and isinstance(given[0], str):
            return f"{PATTERNS[name]}{{{given[0]}}}"
        if name == "NewSecret" and given and isinstance(given[0], str):
            return made_by(given[0], self.chance)
        if name in ("GenerateSampleSecret", "GenerateSampleSecrets") and all(isinstance(one, str) for one in given):
            secret = with_checksum(given[1]) if isinstance(given[1], Made) else given[1]
            return [form.format(i=given[0], I=given[0].upper(), s=secret) for form in FORMS]
        if name == "append":
            return [one for value in given for one in (value if isinstance(value, list) else [value])]
        return None

    def read(self):
        """The values of all names that are assigned in the text."""
        while self.at < len(self.tokens):
            name = self.take()
            if self.peek() in (":=", "=") and re.match(r"[A-Za-z_]\w*$", name):
                self.take()
                if self.peek() == "config.Rule":
                    continue
                self.names[name] = self.sum()
            elif name.endswith("...") or name == "for":
                continue
        return self.names


def flat(value):
    if isinstance(value, list):
        return [text for one in value for text in flat(one)]
    return [value] if isinstance(value, str) else []


def samples_of(checkout):
    """(rule, kind, text) of each sample."""
    folder = os.path.join(checkout, "cmd/generate/config/rules")
    for name in sorted(os.listdir(folder)):
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        for body in re.split(r"(?m)^func ", text)[1:]:
            rule = re.search(r'RuleID:\s*"([^"]+)"', body)
            if not rule or not any(rule[1].startswith(issuer) for issuer in ISSUERS):
                continue
            found = Reader(body, random.Random(rule[1])).read()
            for kind, key in [("found", "tps"), ("left", "fps")]:
                for sample in dict.fromkeys(flat(found.get(key))):
                    yield rule[1], kind, str(sample)


def main():
    checkout, gapcheck = sys.argv[1:3]
    samples = list(samples_of(checkout))
    with tempfile.TemporaryDirectory() as folder:
        for number, (_, _, text) in enumerate(samples):
            os.makedirs(os.path.join(folder, f"unit{number}"))
            with open(os.path.join(folder, f"unit{number}/settings.conf"), "w", encoding="utf-8") as written:
                written.write(text + "\n")
        command = [gapcheck, "check", folder, "--format", "json", "--no-progress", "--exit-zero"]
        command += ["--select", "secrets/provider-token"]
        report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    hits = {place["path"].split("/")[0] for gap in report["gaps"] for place in [gap, *gap.get("places", [])]}
    counts = collections.defaultdict(lambda: {"found": [0, 0], "left": [0, 0]})
    for number, (rule, kind, text) in enumerate(samples):
        hit = f"unit{number}" in hits
        for row in (counts[rule], counts["all"]):
            row[kind][0] += hit
            row[kind][1] += 1
        if "-v" in sys.argv and hit != (kind == "found"):
            print(f"{'missed' if kind == 'found' else 'false '}  {rule}  {text[:160]!r}")
    print(f"{'rule':42} {'found':>12} {'false':>12}")
    for rule in sorted(counts, key=lambda rule: (rule == "all", rule)):
        row = counts[rule]
        print(f"{rule:42} {row['found'][0]:>6}/{row['found'][1]:<5} {row['left'][0]:>6}/{row['left'][1]:<5}")


main()
