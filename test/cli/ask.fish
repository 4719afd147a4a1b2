# Asks fish what it would complete. `fish ask.fish SCRIPT FOLDER LINE…`; prints a line `== LINE`, then what is offered for it.
source $argv[1]
for line in $argv[3..]
    echo "== $line"
    complete -C $line | string replace -r '\t.*' ''
end
