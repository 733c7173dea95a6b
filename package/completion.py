"""Shell completion from what `--help` says: bash, zsh and fish."""

from pathlib import Path

# What the placeholders of --help stand for: "file", "directory", words to choose from, or nothing that could be known.
_values = {
    "ADDR:PORT": "",
    "BYTES": "",
    "CONFIG": "file",
    "DIR": "directory",
    "FILE": "file",
    "HOST:PORT": "",
    "NODES": "",
    "RATE": "unlimited",
    "SECONDS": "",
    "WAY": "up down both",
    "WHAT": "live ready donor-ok",
    "WHEN": "auto always never",
}
# Where a placeholder stands for more.
_special = {("limit", "RATE"): "unlimited pause", ("shaper", "--set-limit"): "unlimited pause"}


def _placeholder(entry):
    return (entry.value if entry.names[0].startswith("-") else entry.names[0]).strip("[]. ")


def values(command, entry):
    """What may follow this option, or be this argument."""
    return _special.get((command, entry.names[-1]), _values.get(_placeholder(entry), ""))


def unknown_placeholders(helps):
    """Those of --help that completion has no answer for."""
    return {_placeholder(entry) for one in helps for entry in one.options + one.positionals} - {*_values, ""}


def scripts(helps):
    """By shell: file names and their texts."""
    return {
        "bash": {"mgc": _bash(helps), "mgc-shaper": ". \"${BASH_SOURCE[0]%/*}/mgc\"\n"},
        "zsh": {"_mgc": _zsh(helps)},
        "fish": {"mgc.fish": _fish(helps, "mgc"), "mgc-shaper.fish": _fish(helps, "mgc-shaper")},
    }


def _names(entries):
    return [name for entry in entries for name in entry.names]


def _bash(helps):
    lines = [f"_mgc_commands='{' '.join(one.name for one in helps)}'", "", "_mgc_options() { # COMMAND", "  case $1 in"]
    lines += [f"    {one.name}) echo '{' '.join(_names(one.options))}' ;;" for one in helps]
    lines += ["  esac", "}", "", "_mgc_value() { # COMMAND OPTION: what follows it; fails where nothing does", "  case $1.$2 in"]
    for one in helps:
        for entry in one.options:
            if entry.value:
                lines.append(f"    {' | '.join(f'{one.name}.{name}' for name in entry.names)}) echo '{values(one.name, entry)}' ;;")
    lines += ["    *) return 1 ;;", "  esac", "}", "", "_mgc_argument() { # COMMAND NUMBER, from 0", "  case $1.$2 in"]
    for one in helps:
        lines += [f"    {one.name}.{at}) echo '{values(one.name, entry)}' ;;" for at, entry in enumerate(one.positionals)]
    lines += ["    *) return 1 ;;", "  esac", "}"]
    fixed = (Path(__file__).parent / "completion.bash").read_text(encoding="utf-8")
    return fixed.replace("@TABLES@", "\n".join(lines))


def _quoted(text):
    return text.replace("'", r"'\''")


def _zsh_value(command, entry):
    kinds = {"file": "_files", "directory": "_files -/", "": " "}
    words = values(command, entry)
    return kinds.get(words, f"({words})")


def _zsh_text(text):
    return _quoted(text.replace("\\", "\\\\").replace("[", r"\[").replace("]", r"\]").replace(":", r"\:"))


def _zsh(helps):
    lines = ["#compdef mgc mgc-shaper", "# Made from --help of the program.", ""]
    for one in helps:
        words = []
        for entry in one.options:
            for name in entry.names:
                value = f":{_zsh_text(entry.value)}:{_zsh_value(one.name, entry)}" if entry.value else ""
                joined = "=" if entry.value and name.startswith("--") else ""
                words.append(f"'{name}{joined}[{_zsh_text(entry.text)}]{value}'")
        words += [f"'{at}:{entry.names[0]}:{_zsh_value(one.name, entry)}'" for at, entry in enumerate(one.positionals, 1)]
        lines += [f"_mgc_{one.name.replace('-', '_')}() {{", "  _arguments \\", "    " + " \\\n    ".join(words), "}", ""]
    lines += ["_mgc() {", "  if [[ $service == mgc-shaper ]]; then", "    _mgc_shaper", "    return", "  fi",
              "  if ((CURRENT == 2)); then", "    local -a commands=("]
    lines += [f"      '{one.name}:{_zsh_text(one.summary)}'" for one in helps]
    lines += ["    )", "    _describe command commands", "    return", "  fi",
              "  local command=${words[2]//-/_}", "  shift words", "  ((CURRENT--))",
              "  (( $+functions[_mgc_$command] )) && _mgc_$command", "}", "", '_mgc "$@"']
    return "\n".join(lines) + "\n"


def _fish_value(command, entry):
    words = values(command, entry)
    kinds = {"file": "-r -F", "directory": "-x -a '(__fish_complete_directories)'", "": "-x"}
    return kinds.get(words, f"-x -a '{words}'")


def _fish(helps, program):
    """Of mgc-shaper only itself; of mgc all the commands."""
    lines = ["# Made from --help of the program.", f"complete -c {program} -f"]
    for one in helps:
        if program == "mgc":
            lines.append(f"complete -c mgc -n __fish_use_subcommand -a {one.name} -d '{_fish_text(one.summary)}'")
            where = f" -n '__fish_seen_subcommand_from {one.name}'"
        elif one.program == program:
            where = ""
        else:
            continue
        for entry in one.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in entry.names)
            value = f" {_fish_value(one.name, entry)}" if entry.value else ""
            lines.append(f"complete -c {program}{where} {names}{value} -d '{_fish_text(entry.text)}'")
        lines += [f"complete -c {program}{where} {_fish_value(one.name, entry)}" for entry in one.positionals]
    return "\n".join(lines) + "\n"


def _fish_text(text):
    return text.replace("\\", "\\\\").replace("'", r"\'")
