# Asks bash what it would complete. `bash ask.bash SCRIPT FOLDER LINE…`; prints a line `== LINE`, then what is offered for it.
source "$1"
shift 2
compopt() { :; }
function_name=$(complete -p smtp2go-reconciler | sed 's/.*-F \([^ ]*\) .*/\1/')
for line; do
  # As bash takes a line apart: at blanks, and at the sign.
  spaced=${line//=/ = }
  read -ra COMP_WORDS <<<"$spaced"
  [[ $line == *[\ ] ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  "$function_name" smtp2go-reconciler
  echo "== $line"
  printf '%s\n' "${COMPREPLY[@]}" | sed '/^$/d'
done
