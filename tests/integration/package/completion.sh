#!/bin/bash
# Completion in bash, fish and zsh: every command and option that --help has, the values that options have, file names.
# `completion.sh [BUILD_DIRECTORY]`
here=$(realpath "$(dirname "$0")")
build=$(realpath "${1:-"$(dirname "$0")/../../../build/release"}")
. "$here/../shaper/harness.sh" "$build/mgc-shaper"

bash_script=$build/package/bash/mgc
# shellcheck disable=SC1090
. "$bash_script"
[[ $(complete -p mgc) == 'complete -F _mgc mgc' ]] || fail "not for mgc: $(complete -p mgc)"
[[ $(complete -p mgc-shaper) == 'complete -F _mgc mgc-shaper' ]] || fail "not for mgc-shaper: $(complete -p mgc-shaper)"
(
  unset -f _mgc
  # shellcheck disable=SC1090
  . "$build/package/bash/mgc-shaper"
  declare -F _mgc >/dev/null || fail "mgc-shaper's file does not load mgc's"
)

# offers WORDS TYPED...: for what is typed so far, the last word unfinished, exactly these words are offered.
offers() {
  local wanted=$1 answer
  shift
  answer=$(in_bash "$@")
  [[ $answer == "$wanted" ]] || fail "'$*' offers '$answer', not '$wanted'"
}
in_bash() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _mgc "$1" "${*: -1}" "${*: -2:1}"
  echo "${COMPREPLY[*]}"
}

# in_fish TYPED..., in_zsh TYPED...: the same, one a line.
in_fish() {
  HOME=$tmp fish --no-config -c "source $build/package/fish/$1.fish; complete -C '$*'" | cut -f 1
}
in_zsh() {
  HOME=$tmp ZDOTDIR=$tmp TERM=dumb timeout 20 zsh -f "$here/offered.zsh" "$build/package/zsh" "$*"
}
every_shell() { # WORD TYPED...: each shell offers the word
  local word=$1 shell
  shift
  for shell in bash fish zsh; do
    "in_$shell" "$@" | tr ' ' '\n' | grep -qxF -e "$word" || fail "$shell: '$*' does not offer '$word': $("in_$shell" "$@")"
  done
}

mapfile -t commands < <("$build/mgc" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
((${#commands[@]} >= 8)) || fail "commands: ${commands[*]}"
offers "${commands[*]} --help --version" mgc ''
offers limit mgc lim

cd "$tmp"
mkdir 'a folder'
touch 'a file'
for command in "${commands[@]}"; do
  every_shell "$command" mgc "${command:0:2}"
  mapfile -t options < <("$build/mgc" "$command" --help | sed -n '/^Options:/,/^$/p' | grep -oE -e '^  (-h,)?--[a-z-]+' | sed 's/.*--/--/')
  ((${#options[@]})) || fail "mgc $command --help has no options"
  offers "-h ${options[*]}" mgc "$command" -
  for option in "${options[@]}"; do
    every_shell "$option" mgc "$command" "${option%?}"
    [[ $command != shaper ]] || every_shell "$option" mgc-shaper "${option%?}"
  done
  # Whatever stands for a file or a directory in --help.
  while read -r option kind; do
    wanted='a file a folder'
    [[ $kind == FILE ]] || wanted='a folder'
    offers "$wanted" mgc "$command" "$option" a
    offers "$wanted" mgc "$command" "$option" = a
  done < <("$build/mgc" "$command" --help | sed -nE 's/^  (-[a-z-]+) (FILE|DIR) .*/\1 \2/p')
done

offers 'live ready donor-ok' mgc health ''
offers 'ready' mgc health --run-dir x re
offers '-h --help --run-dir' mgc health live ''
offers 'unlimited pause' mgc limit ''
offers 'unlimited' mgc limit --budget = x u
offers 'unlimited pause' mgc-shaper --set-limit ''
offers 'unlimited' mgc-shaper --limit = unl
offers 'unlimited' mgc shaper --limit =
offers 'up down both' mgc-shaper --once --direction ''
offers 'auto always never' mgc-shaper --progress ''
offers '' mgc ist-relay --listen ''
offers '' mgc run -- --wsrep
every_shell donor-ok mgc health do
every_shell pause mgc limit pa
every_shell both mgc-shaper --direction b

PYTHONPATH=$here/../../../package python3 -B - "$build/mgc" <<'END' || fail "completion.py does not know what these stand for"
import sys, completion, help_text
unknown = completion.unknown_placeholders(help_text.read_all(sys.argv[1]))
sys.exit(f"unknown: {unknown}" if unknown else 0)
END
