package main

import (
	"io"

	"github.com/urfave/cli/v2"
)

// The scripts of the shells know nothing of jcode's commands: at every Tab they ask
// the program, which looks into the same tables that the help is made of. What
// changes, providers and sessions for example, comes from files; nothing is launched
// and no network is used.

// flagValues are the values of flags that are one of a few words.
var flagValues = map[string][]string{
	"output-format":   {formatText, formatJSON, formatStream},
	"permission-mode": {"read-only", "edit", "auto", "bypass"},
	"on-deny":         {"continue", "report", "fail"},
	"color":           {"auto", "always", "never"},
	"format":          {"md", "json", "html"},
	"suite":           {"core", "login", "generate", "faults"},
	"kind":            {"http", "cli"},
	"by":              {"model", "day", "provider", "session", "project"},
	"log-level":       {"trace", "debug", "info", "warn", "error"},
}

// shells are those that there is a script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func (c *command) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a completion script for a shell", ArgsUsage: "SHELL",
		Description: `SHELL is bash, zsh, fish or powershell. The script stays right when jcode
changes: it asks the program at every Tab.

Examples:
  jcode completion bash > ~/.local/share/bash-completion/completions/jcode
  jcode completion zsh > "${fpath[1]}/_jcode"
  jcode completion fish > ~/.config/fish/completions/jcode.fish
  jcode completion powershell >> $PROFILE`,
		Action: func(flags *cli.Context) error {
			if err := wantArgs(flags, 1, 1); err != nil {
				return err
			}
			script, ok := completionScripts[flags.Args().First()]
			if !ok {
				return usagef("jcode completion bash", "%s is none of %s", quote(flags.Args().First()), enumerate(shells))
			}
			_, err := io.WriteString(c.out, script)
			return err
		},
	}
}

var completionScripts = map[string]string{
	"bash": bashScript, "zsh": zshScript, "fish": fishScript, "powershell": powershellScript,
}

// bashScript hands the line over as it is: bash takes it apart at "=" and ":".
const bashScript = `# bash completion for jcode
_jcode() {
  local IFS=$'\n' program=${COMP_WORDS[0]/#\~/$HOME} cur=${COMP_WORDS[COMP_CWORD]} lines
  COMPREPLY=()
  lines=($("$program" __complete bash -- "${COMP_LINE:0:COMP_POINT}" "$cur" 2>/dev/null))
  case ${lines[0]} in
  :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
  :folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
  *)
    COMPREPLY=("${lines[@]:1}")
    case ${COMPREPLY[0]} in *=) compopt -o nospace 2>/dev/null ;; esac
    ;;
  esac
}
complete -F _jcode jcode
`

const zshScript = `#compdef jcode
_jcode() {
  local program=${words[1]/#\~/$HOME} line kind
  local -a lines values
  lines=("${(@f)$("$program" __complete zsh -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  kind=$lines[1]
  shift lines
  case $kind in
  (:files) _files ;;
  (:folders) _files -/ ;;
  (*)
    for line in $lines; do
      values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( $#values )) && _describe -V jcode values
    ;;
  esac
}
if [[ $funcstack[1] == _jcode ]]; then
  _jcode "$@"
else
  compdef _jcode jcode
fi
`

const fishScript = `# fish completion for jcode
function __jcode_complete
  set -l words (commandline -opc)
  set -l cur (commandline -ct)
  test (count $cur) -gt 0; or set cur ''
  set -l program $words[1]
  set -e words[1]
  set -l lines ($program __complete fish -- $words $cur 2>/dev/null)
  test (count $lines) -gt 0; or return
  set -l kind $lines[1]
  set -e lines[1]
  switch $kind
    case :files
      __fish_complete_path $cur
    case :folders
      __fish_complete_directories $cur ''
    case '*'
      test (count $lines) -gt 0; and printf '%s\n' $lines
  end
end
complete -c jcode -f -k -a '(__jcode_complete)'
`

// powershellScript puts a dot before the current word, since an empty argument gets
// lost on the way to a program. It holds under Set-StrictMode, which forbids to ask
// for a property or an element that is not there, and leaves $LASTEXITCODE alone. A
// program in quotes is known by its value; a value with a blank or a sign of the
// language needs them.
const powershellScript = `# PowerShell completion for jcode
Register-ArgumentCompleter -Native -CommandName jcode -ScriptBlock {
  param($wordToComplete, $commandAst, $position)
  $exit = Get-Variable -Name LASTEXITCODE -Scope Global -ValueOnly -ErrorAction Ignore
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } |
    ForEach-Object {
      if ($_ -is [System.Management.Automation.Language.ConstantExpressionAst] -or
        $_ -is [System.Management.Automation.Language.ExpandableStringExpressionAst]) { [string]$_.Value } else { $_.ToString() }
    })
  if ($words.Count -eq 0) { return }
  $program = $words[0]
  $words = @($words | Select-Object -Skip 1) + ".$wordToComplete"
  $lines = @(& $program __complete powershell '--' @words 2>$null)
  $global:LASTEXITCODE = $exit
  if ($lines.Count -eq 0) { return }
  $kind = $lines[0]
  if ($kind -in ':files', ':folders') {
    [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) |
      Where-Object { $kind -eq ':files' -or $_.ResultType -eq 'ProviderContainer' }
    return
  }
  $lines | Select-Object -Skip 1 | Where-Object { $_ } | ForEach-Object {
    $value, $about, $null = @($_ -split "` + "`t" + `", 2) + ''
    if (-not $about) { $about = $value }
    $text = $value
    if ($text -match '[^\w\-./:=\\+~%]') { $text = "'" + $text.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
  }
}
`
