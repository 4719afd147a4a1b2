# Asks zsh what it would complete: an interactive zsh in a terminal of its own, a tab after each line.
# `zsh -f ask.zsh SCRIPT FOLDER LINE…`; prints a line `== LINE`, then what is offered for it.
zmodload zsh/zpty
script=$1 heard=$2/heard
shift 2
cat >$heard.setup <<END
PROMPT= RPROMPT=
unsetopt beep prompt_cr prompt_sp
autoload -Uz compinit
compinit -D -u
source ${(q)script}
zstyle ':completion:*' completer _complete
bindkey '^I' complete-word
bindkey '^U' kill-whole-line
compadd() {
  local -a offered
  # With -O or -A it is only asked what would match.
  builtin compadd -A offered "\$@"
  if [[ " \${@[1,(i)(-|--)]} " != *\ -(O|A)* ]]; then print -rl -- \$offered >>${(q)heard}; fi
  builtin compadd "\$@"
}
# The list of such functions is emptied before they are called.
over() { comppostfuncs=(over); print -r -- '--over--' >>${(q)heard} }
comppostfuncs=(over)
print -r -- '--over--' >>${(q)heard}
END
wait_for_end() {
  local seen
  until [[ -e $heard && "$(<$heard)" == *--over-- ]]; do
    zpty -rt shell seen
    sleep 0.02
  done
}
zpty shell zsh -f -i
zpty -w shell "source ${(q)heard}.setup"
wait_for_end
for line; do
  : >$heard
  zpty -w -n shell "$line"$'\t'
  wait_for_end
  print -r -- "== $line"
  grep -v -e '^--over--$' -e '^$' $heard
  zpty -w -n shell $'\x15'
done
exit 0
