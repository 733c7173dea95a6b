# Completion of mgc and mgc-shaper in bash. Made from --help of the program: the commands, their options and values.

@TABLES@

_mgc_reply() { # KIND or words, what is typed of it
  case $1 in
    file | directory)
      compopt -o filenames 2>/dev/null
      local kind=-f
      [[ $1 == directory ]] && kind=-d
      mapfile -t COMPREPLY < <(compgen "$kind" -- "$2") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
  esac
}

_mgc() {
  local command=shaper at=1 typed=${COMP_WORDS[COMP_CWORD]} given=0 value
  COMPREPLY=()
  if [[ ${1##*/} != mgc-shaper ]]; then
    if ((COMP_CWORD == 1)); then
      _mgc_reply "$_mgc_commands --help --version" "$typed"
      return
    fi
    command=${COMP_WORDS[1]} at=2
  fi

  # --option=VALUE is three words here, --option VALUE two.
  local option=${COMP_WORDS[COMP_CWORD - 1]}
  [[ $option == '=' ]] && option=${COMP_WORDS[COMP_CWORD - 2]}
  [[ $typed == '=' ]] && typed=
  if value=$(_mgc_value "$command" "$option"); then
    _mgc_reply "$value" "$typed"
    return
  fi

  for ((; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      --) compopt -o default 2>/dev/null; return ;; # for another program
      -*) _mgc_value "$command" "${COMP_WORDS[at]}" >/dev/null && ((at++))
          [[ ${COMP_WORDS[at]} == '=' ]] && ((at++)) ;;
      *) ((given++)) ;;
    esac
  done
  if [[ $typed != -* ]] && value=$(_mgc_argument "$command" "$given"); then
    _mgc_reply "$value" "$typed"
  else
    _mgc_reply "$(_mgc_options "$command")" "$typed"
  fi
}

complete -F _mgc mgc mgc-shaper
