# offered.zsh FOLDER TYPED: what zsh offers for the line TYPED, one a line, with the completion functions of FOLDER.
zmodload zsh/zpty
zpty shell zsh -f -i
ask() { zpty -w shell "$1"; }
until_says() {
  local line
  while zpty -r shell line; do
    [[ $line == *$1* ]] && return
  done
}
ask "PS1=; unsetopt zle_bracketed_paste prompt_cr; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D"
# What the completion system would show is written down instead, between two marks.
ask 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a __hits; builtin compadd -A __hits "$@"
  [[ -n $__hits ]] && print -rl -- "" "offered:"$^__hits
}
done_here() { print -r -- "all""offered"; }
zle -C ask-completion complete-word _main_complete
bindkey "^I" ask-completion
comppostfuncs=(done_here)'
ask 'print ready-"now"'
until_says ready-now
zpty -w -n shell "$2"$'\t'
while zpty -r shell line; do
  line=${line%%$'\r'*}
  [[ $line == *alloffered* ]] && break
  [[ $line == *offered:* ]] && print -r -- "${line##*offered:}"
done
zpty -d shell
