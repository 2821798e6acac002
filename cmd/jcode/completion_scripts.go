package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// shellCases is the part that bash and zsh have in common: which verbs are
// there, what a flag's value may be, what may follow.
func shellCases(commands []*cli.Command, value func(kind, what string) string) (skip, values, words string) {
	all := everyValueFlag(commands)
	skip = valuePattern(all, sortedKeys(all)...)
	var v, w strings.Builder
	line := func(names []string, kind, what string) {
		if pattern := valuePattern(all, names...); pattern != "" {
			fmt.Fprintf(&v, "    %s) %s; return ;;\n", pattern, value(kind, what))
		}
	}
	for _, name := range sortedKeys(flagValues) {
		line([]string{name}, "words", flagValues[name])
	}
	for _, name := range sortedKeys(commandFlags) {
		line([]string{name}, "command", commandFlags[name])
	}
	line(fileFlags, "files", "")
	line(folderFlags, "folders", "")
	leaves(commands, func(path string, verbs []string, flags []cli.Flag) {
		fmt.Fprintf(&w, "    %q) words=%q; flags=%q ;;\n", path, strings.Join(verbs, " "), strings.Join(spellings(flags), " "))
	})
	return skip, v.String(), w.String()
}

// verbPaths is the pattern of all paths that a word may complete.
func verbPaths(commands []*cli.Command) string {
	var paths []string
	leaves(commands, func(path string, _ []string, _ []cli.Flag) {
		if path != "" {
			paths = append(paths, fmt.Sprintf("%q", path))
		}
	})
	return strings.Join(paths, "|")
}

func bashScript(commands []*cli.Command) string {
	skip, values, words := shellCases(commands, func(kind, what string) string {
		switch kind {
		case "words":
			return `COMPREPLY=($(compgen -W "` + what + `" -- "$cur"))`
		case "command":
			return `COMPREPLY=($(compgen -W "$(jcode ` + completeVerb + " " + what + ` 2>/dev/null)" -- "$cur"))`
		case "folders":
			return `COMPREPLY=($(compgen -d -- "$cur"))`
		}
		return `COMPREPLY=($(compgen -f -- "$cur"))`
	})
	return `# bash completion for jcode
_jcode() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local path="" words="" flags="" i next
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
    --) return ;;
    ` + skip + `) ((i++)); continue ;;
    -*) continue ;;
    esac
    next="${path:+$path }${COMP_WORDS[i]}"
    case "$next" in
    ` + verbPaths(commands) + `) path=$next ;;
    esac
  done
  case "$prev" in
` + values + `  esac
  case "$path" in
` + words + `  esac
  case "$path $prev" in
  "completion completion") words="bash zsh fish powershell" ;;
  "schema schema") words="events manifest" ;;
  "sessions show "*|"sessions export "*|"sessions delete "*)
    words="$(jcode ` + completeVerb + ` sessions 2>/dev/null)" ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o bashdefault -F _jcode jcode
`
}

func zshScript(commands []*cli.Command) string {
	skip, values, words := shellCases(commands, func(kind, what string) string {
		switch kind {
		case "words":
			return "compadd -- " + what
		case "command":
			return `compadd -- ${(f)"$(jcode ` + completeVerb + " " + what + ` 2>/dev/null)"}`
		case "folders":
			return "_files -/"
		}
		return "_files"
	})
	return `#compdef jcode
_jcode() {
  local cur=${words[CURRENT]} prev=${words[CURRENT-1]}
  local verbpath="" next i
  local -a line
  line=("${words[@]}")
  local words="" flags=""
  for ((i = 2; i < CURRENT; i++)); do
    case "${line[i]}" in
    (--) _files; return ;;
    (` + skip + `) ((i++)); continue ;;
    (-*) continue ;;
    esac
    next="${verbpath:+$verbpath }${line[i]}"
    case "$next" in
    (` + verbPaths(commands) + `) verbpath=$next ;;
    esac
  done
  case "$prev" in
` + values + `  esac
  case "$verbpath" in
` + words + `  esac
  case "$verbpath" in
  completion) words="bash zsh fish powershell" ;;
  "sessions show"|"sessions export"|"sessions delete")
    words="$(jcode ` + completeVerb + ` sessions 2>/dev/null)" ;;
  esac
  if [[ $cur == -* ]]; then
    compadd -- ${=flags}
  elif [[ -n $words ]]; then
    compadd -- ${=words}
  else
    _files
  fi
}
if [[ $funcstack[1] == _jcode ]]; then
  _jcode "$@"
else
  compdef _jcode jcode
fi
`
}

func fishScript(commands []*cli.Command) string {
	var out strings.Builder
	out.WriteString("# fish completion for jcode\ncomplete -c jcode -f\n")
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		fmt.Fprintf(&out, "complete -c jcode -n __fish_use_subcommand -a %s -d %s\n", command.Name, fishQuote(command.Usage))
		for _, sub := range command.Subcommands {
			fmt.Fprintf(&out, "complete -c jcode -n '__fish_seen_subcommand_from %s' -a %s -d %s\n",
				command.Name, sub.Name, fishQuote(sub.Usage))
		}
	}
	for _, flag := range globalFlags() {
		fishFlag(&out, "", flag)
	}
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		for _, leaf := range append([]*cli.Command{command}, command.Subcommands...) {
			condition := "__fish_seen_subcommand_from " + leaf.Name
			if leaf != command {
				condition = "__fish_seen_subcommand_from " + command.Name + "; and " + condition
			}
			for _, flag := range ownFlags(leaf) {
				fishFlag(&out, condition, flag)
			}
		}
	}
	out.WriteString("complete -c jcode -n '__fish_seen_subcommand_from run' -F\n")
	out.WriteString("complete -c jcode -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish powershell'\n")
	out.WriteString("complete -c jcode -n '__fish_seen_subcommand_from show export delete' -a '(jcode " + completeVerb + " sessions 2>/dev/null)'\n")
	return out.String()
}

// ownFlags are a command's flags without the global ones, which come last.
func ownFlags(command *cli.Command) []cli.Flag {
	n := len(command.Flags) - len(globalFlags())
	return command.Flags[:max(n, 0)]
}

func fishFlag(out *strings.Builder, condition string, flag cli.Flag) {
	out.WriteString("complete -c jcode")
	if condition != "" {
		out.WriteString(" -n " + fishQuote(condition))
	}
	for _, name := range flag.Names() {
		if len(name) == 1 {
			out.WriteString(" -s " + name)
		} else {
			out.WriteString(" -l " + name)
		}
	}
	name := flag.Names()[0]
	if _, isBool := flag.(*cli.BoolFlag); !isBool {
		switch {
		case flagValues[name] != "":
			out.WriteString(" -x -a " + fishQuote(flagValues[name]))
		case commandFlags[name] != "":
			out.WriteString(" -x -a '(jcode " + completeVerb + " " + commandFlags[name] + " 2>/dev/null)'")
		default:
			out.WriteString(" -r")
		}
	}
	_, usage := describeFlag(flag)
	out.WriteString(" -d " + fishQuote(usage) + "\n")
}

func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func powershellScript(commands []*cli.Command) string {
	var words strings.Builder
	leaves(commands, func(path string, verbs []string, flags []cli.Flag) {
		var quoted []string
		for _, word := range append(verbs, spellings(flags)...) {
			quoted = append(quoted, "'"+word+"'")
		}
		fmt.Fprintf(&words, "    '%s' = @(%s)\n", path, strings.Join(quoted, ", "))
	})
	return `# PowerShell completion for jcode
Register-ArgumentCompleter -Native -CommandName jcode -ScriptBlock {
  param($wordToComplete, $commandAst, $position)
  $known = @{
` + words.String() + `  }
  $path = ''
  $previous = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    $word = $element.ToString()
    if ($word -eq $wordToComplete) { break }
    $next = ($path + ' ' + $word).Trim()
    if ($known.ContainsKey($next)) { $path = $next }
    $previous = $word
  }
  $words = $known[$path]
  if ($previous -eq '--provider') { $words = jcode ` + completeVerb + ` providers }
  if ($previous -in '-r', '--resume') { $words = jcode ` + completeVerb + ` sessions }
  $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}
