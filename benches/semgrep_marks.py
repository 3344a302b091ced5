#!/usr/bin/env python3
"""How gapcheck answers the lines that semgrep's public rules mark in their test files.

    semgrep_marks.py CHECKOUT GAPCHECK [-v]

A line after `ruleid: NAME` is one that the rule NAME must find, a line after `ok: NAME` one that it must leave alone.
Only topics that gapcheck has a rule for are counted; `-v` prints the `ok:` lines that are reported.
"""
import collections, json, os, re, subprocess, sys, tempfile

FOLDERS = ["python", "javascript", "typescript", "go", "java"]
ENDINGS = {".py", ".js", ".jsx", ".ts", ".tsx", ".go", ".java"}
# What the name of a rule says, and the rules of ours that answer it.
TOPICS = {
    "sql": (r"sql", ["input/sql-injection"]),
    "nosql": (r"nosql|mongo", ["input/nosql-injection"]),
    "command": (r"command|child-process|subprocess|exec-|os-system|spawn", ["input/command-injection"]),
    "code": (r"eval|code-injection|exec-use", ["input/code-eval"]),
    "deserialization": (r"deserial|pickle|yaml-load|marshal", ["input/unsafe-deserialization"]),
    "path": (r"path-travers|path-join|directory-travers|sendfile", ["input/path-traversal"]),
    "ssrf": (r"ssrf|tainted-url-host", ["input/ssrf"]),
    "redirect": (r"redirect", ["input/open-redirect"]),
    "html": (r"xss|raw-html|innerhtml|dangerously|html-in|direct-response", ["input/html-injection"]),
    "template": (r"template-injection|render-template-string|ssti", ["input/template-injection"]),
    "xxe": (r"xxe|external-entit", ["input/xml-external-entities"]),
    "ldap": (r"ldap", ["input/ldap-injection"]),
    "xpath": (r"xpath", ["input/xpath-injection"]),
    "digest and cipher": (r"md5|sha1|weak-(hash|cipher|crypto)|insecure-(hash|cipher)|des-|ecb|rc4",
                          ["security/weak-crypto", "auth/password-stored-weakly"]),
    "tls": (r"cert-valid|bypass-tls|insecure-skip|disabled-cert|verify-false|reject-unauthorized",
            ["security/tls-verification-disabled"]),
    "jwt": (r"jwt-(none|decode-without|not-verified|unverified)|unverified-jwt", ["auth/jwt-not-verified"]),
    "cookie": (r"cookie", ["auth/session-cookie-flags"]),
    "cors": (r"cors", ["security/cors-permissive"]),
    "debug": (r"debug", ["security/debug-enabled"]),
}
MARK = re.compile(r"(?:#|//|/\*|\{/\*)\s*(ruleid|ok)\s*:\s*([\w, .-]+)")


def topic_of(name):
    """The topic of a rule; the more special one where two fit."""
    found = [topic for topic, (pattern, _) in TOPICS.items() if re.search(pattern, name)]
    return "nosql" if "nosql" in found else found[0] if found else None


def marks_of(path):
    """(line, kind, topic) of each mark; the line is the next one that is no mark itself."""
    lines = open(path, encoding="utf-8", errors="replace").read().splitlines()
    for number, line in enumerate(lines):
        mark = MARK.search(line)
        if not mark:
            continue
        following = number + 1
        while following < len(lines) and MARK.search(lines[following]):
            following += 1
        for topic in {topic_of(name.strip()) for name in mark.group(2).split(",")} - {None}:
            yield following + 1, mark.group(1), topic


def main():
    checkout, gapcheck = sys.argv[1:3]
    verbose = "-v" in sys.argv
    marks, sources = collections.defaultdict(list), {}
    with tempfile.TemporaryDirectory() as copy:
        for folder in FOLDERS:
            for where, _, names in os.walk(os.path.join(checkout, folder)):
                for name in sorted(names):
                    path, ending = os.path.join(where, name), os.path.splitext(name)[1]
                    found = list(marks_of(path)) if ending in ENDINGS else []
                    if not found:
                        continue
                    # A folder of its own, and a name that does not say "test".
                    place = f"unit{len(marks)}/source{ending}"
                    os.makedirs(os.path.join(copy, os.path.dirname(place)))
                    with open(path, "rb") as read, open(os.path.join(copy, place), "wb") as written:
                        written.write(read.read())
                    marks[place], sources[place] = found, os.path.relpath(path, checkout)
        command = [gapcheck, "check", copy, "--format", "json", "--no-progress", "--exit-zero"]
        report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    reported = collections.defaultdict(set)
    for gap in report["gaps"]:
        for place in [gap, *gap.get("places", [])]:
            first = place.get("line", 1)
            reported[place["path"], gap["rule"]].update(range(first, place.get("end_line", first) + 1))
    counts = collections.defaultdict(lambda: {"ruleid": [0, 0], "ok": [0, 0]})
    for place, found in marks.items():
        for line, kind, topic in found:
            # Statements of several lines may be reported at the part that is wrong.
            near = range(line, line + 3) if kind == "ruleid" else (line,)
            hit = any(set(near) & reported[place, rule] for rule in TOPICS[topic][1])
            counts[topic][kind][0] += hit
            counts[topic][kind][1] += 1
            if hit and kind == "ok" and verbose:
                print(f"false  {topic}  {sources[place]}:{line}")
    total = {"ruleid": [0, 0], "ok": [0, 0]}
    print(f"{'topic':20} {'found':>12} {'ok reported':>12}")
    for topic in sorted(counts):
        row = counts[topic]
        for kind in total:
            total[kind] = [a + b for a, b in zip(total[kind], row[kind])]
        print(f"{topic:20} {row['ruleid'][0]:>6}/{row['ruleid'][1]:<5} {row['ok'][0]:>6}/{row['ok'][1]:<5}")
    print(f"{'all':20} {total['ruleid'][0]:>6}/{total['ruleid'][1]:<5} {total['ok'][0]:>6}/{total['ok'][1]:<5}")


main()
