package cliprovider

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// probeVariable is "0" for users who want no program asked what it can do.
const probeVariable = "JCODE_CLI_PROBE"

// foreign are variables that only other agents mean something by. COPILOT_ALLOW_ALL
// lets one of them run what a project's files say.
var foreign = []string{"ANTHROPIC_*", "OPENAI_API_KEY", "CLAUDE_CODE_*", "CLAUDECODE", "JCODE_*", "COPILOT_ALLOW_ALL"}

// setup is what one call needs of the configuration.
type setup struct {
	cli         *CLI
	config      sdk.Config
	variables   Variables
	environment []string // of the program
	redact      []sdk.Secret
	note        string
	// quick keeps it from starting programs: only what is known already counts.
	quick bool
}

func (p *Provider) setup() *setup {
	s := &setup{cli: p.cli, config: p.configuration()}
	s.variables = Variables{s.config}
	drop, set := foreign, map[string]string(nil)
	if p.cli.Environment != nil {
		more, added, note := p.cli.Environment(s.variables)
		drop, set, s.note = append(drop[:len(drop):len(drop)], more...), added, note
	}
	s.environment = shellout.Environment(s.config.ChildEnvironment, drop, set)
	for _, key := range p.cli.Keys {
		if value, _ := s.variables.Get(key.Name); value != "" && !key.Public {
			s.redact = append(s.redact, sdk.NewSecret(value))
		}
	}
	return s
}

// program is the vendor's program on this machine.
type program struct {
	path, name string
	prefix     []string
	help       Help
	why        string // it is not the first candidate
}

// find looks for the program and asks it what it can do.
func (s *setup) find(ctx context.Context) (program, error) {
	if named, _ := s.variables.Get(s.cli.PathVariable); strings.TrimSpace(named) != "" {
		return s.named(ctx, strings.TrimSpace(named))
	}
	var failures []*sdk.Error
	for _, c := range s.cli.Candidates {
		found, err := s.candidate(ctx, c.Name, c)
		if err == nil {
			if len(failures) > 0 {
				found.why = failures[0].Message
			}
			return found, nil
		}
		if ctx.Err() != nil {
			return program{}, err
		}
		failures = append(failures, sdk.AsError(err))
	}
	return program{}, s.none(failures)
}

// none tells why each candidate was passed over. One that is there and cannot be
// used is the more helpful kind.
func (s *setup) none(failures []*sdk.Error) *sdk.Error {
	e := *failures[0]
	for i, other := range failures[1:] {
		if why := s.cli.Candidates[i+1].Name + " is not installed"; strings.HasPrefix(other.Message, why) {
			e.Message += "; " + why + ", either"
			continue
		}
		e.Message += "; " + other.Message
		if e.Kind == sdk.KindCLIMissing {
			e.Kind = other.Kind
		}
	}
	return &e
}

// named takes the program that the user names, whatever it is called. What another
// candidate would be told before all arguments, one of that name is told too.
func (s *setup) named(ctx context.Context, name string) (program, error) {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(name), ".exe"))
	as := Candidate{Accept: s.cli.Candidates[0].Accept}
	for _, c := range s.cli.Candidates {
		if c.Name == base {
			as.Prefix = c.Prefix
		}
	}
	found, err := s.candidate(ctx, name, as)
	if err == nil {
		return found, nil
	}
	e := *sdk.AsError(err)
	e.Message += " (" + s.cli.PathVariable + ")"
	return program{}, &e
}

func (s *setup) candidate(ctx context.Context, name string, c Candidate) (program, error) {
	wanted := shellout.Program{Name: name, Dir: s.config.WorkingDir, Install: s.cli.Install}
	if home := s.home(); home != "" {
		for _, folder := range s.cli.Folders {
			wanted.Folders = append(wanted.Folders, filepath.Join(home, filepath.FromSlash(folder)))
		}
	}
	path, err := wanted.Find(s.environment)
	if err != nil {
		return program{}, err
	}
	found := program{path: path, name: shownName(path, c.Prefix), prefix: c.Prefix}
	if found.help, err = s.help(ctx, found); err != nil {
		return program{}, err
	}
	if c.Accept == nil {
		return found, nil
	}
	if why := c.Accept(found.help); why != "" {
		return program{}, &sdk.Error{Kind: sdk.KindCLIMissing, Op: "find program", Message: path + " " + why, Remedy: s.cli.Install}
	}
	return found, nil
}

// shownName is what messages call a program: "cursor-agent", "gh copilot".
func shownName(path string, prefix []string) string {
	words := []string{strings.TrimSuffix(filepath.Base(path), ".exe")}
	for _, word := range prefix {
		if !strings.HasPrefix(word, "-") {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

func (s *setup) home() string {
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if home, _ := shellout.Value(s.environment, name); filepath.IsAbs(home) {
			return home
		}
	}
	return ""
}

func (s *setup) probeOff() bool {
	value, _ := s.variables.Get(probeVariable)
	return strings.TrimSpace(value) == "0"
}

// command is a run of the program with these arguments.
func (s *setup) command(p program, args ...string) shellout.Command {
	return shellout.Command{
		Name: p.name, Path: p.path, Args: append(p.prefix[:len(p.prefix):len(p.prefix)], args...),
		Environment: s.environment, Redact: s.redact, Ladder: ladder,
	}
}

// ladder: SIGTERM first, which lets these programs end the tools that they have
// put into sessions of their own.
var ladder = []shellout.Step{{Signal: syscall.SIGTERM, Wait: 3 * time.Second}}

// help asks the program, or one of its commands, what it can do.
func (s *setup) help(ctx context.Context, p program, command ...string) (Help, error) {
	probe := shellout.Probe{
		Command: s.command(p, append(command, "--help")...), CacheDir: s.config.CacheDir, Off: s.probeOff(),
	}
	if s.quick {
		text, _ := probe.Cached()
		return Help{Text: text}, nil
	}
	text, err := probe.Text(ctx)
	return Help{Text: text}, err
}

// version is what the program calls itself; "" when it does not tell.
func (s *setup) version(ctx context.Context, p program) (string, error) {
	args := s.cli.VersionArgs
	if args == nil {
		args = []string{"--version"}
	}
	text, err := shellout.Probe{Command: s.command(p, args...), CacheDir: s.config.CacheDir, Off: s.probeOff()}.Text(ctx)
	return shellout.VersionIn(text), err
}

// listKept is how long a list of models counts. A model that is not in it is looked
// for again after listFresh.
const (
	listKept  = 24 * time.Hour
	listFresh = time.Minute
)

// models asks the program for its models; none when it cannot be asked, or nobody
// is logged in.
func (s *setup) models(ctx context.Context, p program, keep time.Duration) ([]sdk.Model, error) {
	list := s.cli.ListModels
	if list == nil || !p.help.Lists(list.Command) {
		return nil, nil
	}
	text, err := shellout.Probe{Command: s.command(p, list.Command), CacheDir: s.config.CacheDir, Off: s.probeOff(), Keep: keep}.Text(ctx)
	if err != nil {
		return nil, err
	}
	return list.Parse(text), nil
}

// ListModels returns what the program lists, or what is known without asking.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	s := p.setup()
	found, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	models, err := s.models(ctx, found, listFresh)
	if err != nil {
		return nil, err
	}
	if len(models) == 0 {
		models = p.cli.Models
	}
	return p.markNamed(models), nil
}

// markNamed marks the model that the variable or the configuration names as the
// default, in a copy, and lists it where it is not.
func (p *Provider) markNamed(models []sdk.Model) []sdk.Model {
	config := p.configuration()
	variable, _ := Variables{config}.Get(p.cli.ModelVariable)
	named := firstOf(variable, config.Settings["model"])
	if named == "" {
		return models
	}
	models = slices.Clone(models)
	found := false
	for i, m := range models {
		models[i].Default = !found && hasModel([]sdk.Model{m}, named)
		found = found || models[i].Default
	}
	if !found {
		models = append(models, sdk.Model{ID: named, Default: true})
	}
	return models
}
