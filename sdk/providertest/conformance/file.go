package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// FileName is what a fixtures file beside a program is called.
const FileName = "conformance.json"

// File is a fixtures file: how an author whose plugin is in any language says
// which prompts lead to which answers. docs/conformance.md describes it. In every
// string but those of StandIn, {dir} is the file's folder and {NAME} what the
// stand-in said of NAME.
type File struct {
	// Comment and JSONSchema ("$schema") are for people and editors.
	Comment    any    `json:"comment,omitempty"`
	JSONSchema string `json:"$schema,omitempty"`
	// Schema is 1.
	Schema int `json:"schema"`
	// StandIn is started before the cases.
	StandIn *StandIn `json:"stand_in,omitempty"`
	// Variables are the user's, which Configure hands over. Values of at least
	// eight bytes are taken for secrets, unless they are placeholders or URLs.
	Variables map[string]string `json:"variables,omitempty"`
	// Settings are those of the user's config.toml.
	Settings map[string]string `json:"settings,omitempty"`
	// Programs are folders with stand-ins for the vendor's program, relative to
	// the file. They come first in PATH, also in that of the plugin's children.
	Programs []string `json:"programs,omitempty"`
	// Model is asked for by every prompt that names none.
	Model string `json:"model,omitempty"`
	// Prompts are by the name of the fixture.
	Prompts map[string]FilePrompt `json:"prompts,omitempty"`
	// Failures are prompts that lead to errors.
	Failures []FileFailure `json:"failures,omitempty"`
	// Without are fixtures that this plugin cannot have, such as panic or children.
	Without []string `json:"without,omitempty"`
	// LargeRequestMiB is the size of the large request; 0 is 32.
	LargeRequestMiB int `json:"large_request_mib,omitempty"`

	path, dir string
}

// Path is the file's path; empty if it was read from memory.
func (f *File) Path() string { return f.path }

// StandIn is a program that stands in for the vendor. On standard output it says
// NAME=VALUE for each placeholder, one a line, and then "ready". It is killed, with
// all that it started, when the cases are over.
type StandIn struct {
	// Command is the program and its arguments; no shell. A path with a slash is
	// relative to the file's folder, where it runs.
	Command []string `json:"command"`
	// Environment is added to the environment of whoever runs the suite.
	Environment map[string]string `json:"environment,omitempty"`
}

// FilePrompt is what the user says: a string, or an object with a model as well.
type FilePrompt struct {
	Text  string `json:"text"`
	Model string `json:"model,omitempty"`
}

// UnmarshalJSON reads both forms.
func (p *FilePrompt) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &p.Text) == nil {
		return nil
	}
	type object FilePrompt
	return decodeStrictly(data, (*object)(p))
}

// FileFailure is a prompt and the error that it leads to. What is not set is not
// looked at.
type FileFailure struct {
	Kind              string   `json:"kind"`
	Prompt            string   `json:"prompt"`
	Model             string   `json:"model,omitempty"`
	HTTPStatus        int      `json:"http_status,omitempty"`
	ProviderRequestID string   `json:"provider_request_id,omitempty"`
	Retryable         bool     `json:"retryable,omitempty"`
	RetryAfter        duration `json:"retry_after,omitempty"`
}

// duration is written as "1.5s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// ReadFile reads a fixtures file. Errors name the file and, where it is known, the
// line.
func ReadFile(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := ParseFile(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	if f.path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	f.dir = filepath.Dir(f.path)
	return f, nil
}

// ParseFile reads a fixtures file that has no folder: {dir} is then the working
// folder. Errors begin with "line: ".
func ParseFile(data []byte) (*File, error) {
	f := &File{dir: "."}
	if err := decodeStrictly(data, f); err != nil {
		return nil, located(data, err)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("1: %w", err)
	}
	return f, nil
}

// decodeStrictly wants one value and no unknown keys.
func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// located puts "line: " before what the decoder says of data.
func located(data []byte, err error) error {
	text := strings.TrimPrefix(err.Error(), "json: ")
	offset := int64(0)
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &wrong):
		offset = wrong.Offset
	default:
		if _, key, ok := strings.Cut(text, "unknown field "); ok {
			offset = int64(max(0, bytes.Index(data, []byte(key))))
		}
	}
	line := 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
	return fmt.Errorf("%d: %s", line, text)
}

func (f *File) check() error {
	if f.Schema != 1 {
		return fmt.Errorf("schema %d is not 1", f.Schema)
	}
	for name, prompt := range f.Prompts {
		if _, ok := wanted[name]; !ok || name == "failures" {
			return fmt.Errorf("prompts.%s: there is no such fixture; there are text, tool, long, endless, children, panic, state, image", name)
		}
		if prompt.Text == "" {
			return fmt.Errorf("prompts.%s is empty", name)
		}
	}
	if text, ok := f.Prompts["text"]; ok && !strings.Contains(text.Text, "{token}") {
		return errors.New("prompts.text has no {token} in it")
	}
	for _, failure := range f.Failures {
		if _, ok := kindNamed(failure.Kind); !ok {
			return fmt.Errorf("failures: there is no error kind %q", failure.Kind)
		}
		if failure.Prompt == "" {
			return fmt.Errorf("failures: the prompt of %s is empty", failure.Kind)
		}
	}
	for _, name := range f.Without {
		if _, ok := wanted[name]; !ok {
			return fmt.Errorf("without: there is no fixture %q", name)
		}
	}
	if f.StandIn != nil && (len(f.StandIn.Command) == 0 || f.StandIn.Command[0] == "") {
		return errors.New("stand_in.command is empty")
	}
	return nil
}

func kindNamed(name string) (sdk.Kind, bool) {
	index := slices.IndexFunc(sdk.Kinds(), func(k sdk.Kind) bool { return k.String() == name })
	return sdk.Kind(max(index, 0)), index >= 0
}

// Apply puts what the file says into subject. said are the stand-in's placeholders.
func (f *File) Apply(subject *Subject, said map[string]string) {
	fill := f.filler(said)
	subject.Config.Variables, subject.Config.Settings = sdk.Variables{}, map[string]string{}
	for name, value := range f.Variables {
		subject.Config.Variables[name] = sdk.NewSecret(fill(value))
	}
	for name, value := range f.Settings {
		subject.Config.Settings[name] = fill(value)
	}
	for _, folder := range f.Programs {
		if folder = fill(folder); !filepath.IsAbs(folder) {
			folder = filepath.Join(f.dir, folder)
		}
		subject.Programs = append(subject.Programs, folder)
	}
	subject.LargeRequest = f.LargeRequestMiB << 20
	subject.Fixtures = f.fixtures(fill)
	subject.Fixtures.LooseErrors, subject.Fixtures.Without = true, f.Without
	subject.Public = f.public()
}

// public are the variables that hold nothing secret: placeholders and URLs.
func (f *File) public() []string {
	var names []string
	for name, value := range f.Variables {
		if strings.Contains(value, "{") || strings.Contains(value, "://") || strings.HasPrefix(value, "/") {
			names = append(names, name)
		}
	}
	return names
}

func (f *File) filler(said map[string]string) func(string) string {
	pairs := []string{"{dir}", f.dir}
	for name, value := range said {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace
}

func (f *File) fixtures(fill func(string) string) Fixtures {
	one := func(name string) *sdk.Request {
		prompt, ok := f.Prompts[name]
		if !ok {
			return nil
		}
		return f.request(fill(prompt.Text), prompt.Model)
	}
	x := Fixtures{
		Tool: one("tool"), Long: one("long"), Endless: one("endless"),
		Children: one("children"), Panic: one("panic"), Image: one("image"),
	}
	if x.Image != nil {
		last := &x.Image.Messages[0]
		last.Blocks = append(last.Blocks, sdk.Image{MediaType: "image/png", Data: onePixel()})
	}
	if text, ok := f.Prompts["text"]; ok {
		x.Text = func(token string) *sdk.Request {
			return f.request(strings.ReplaceAll(fill(text.Text), "{token}", token), text.Model)
		}
	}
	if state := one("state"); state != nil {
		x.State = func([]byte) *sdk.Request { return one("state") }
	}
	if len(f.Failures) > 0 {
		x.Failure = func(kind sdk.Kind) (*sdk.Request, *sdk.Error) { return f.failure(kind, fill) }
	}
	return x
}

func (f *File) failure(kind sdk.Kind, fill func(string) string) (*sdk.Request, *sdk.Error) {
	for _, failure := range f.Failures {
		if failure.Kind != kind.String() {
			continue
		}
		want := &sdk.Error{
			Kind: kind, HTTPStatus: failure.HTTPStatus, ProviderRequestID: failure.ProviderRequestID,
			RetryAfter: time.Duration(failure.RetryAfter), Retryable: failure.Retryable,
		}
		return f.request(fill(failure.Prompt), failure.Model), want
	}
	return nil, nil
}

// request is a prompt as jcode sends it, with the tools that it always has.
func (f *File) request(prompt, model string) *sdk.Request {
	if model == "" {
		model = f.Model
	}
	return &sdk.Request{
		ID: "conformance-request", SessionID: "conformance-session", Model: model, Tools: hostTools(),
		Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: prompt}}}},
	}
}

// hostTools are two of jcode's own, as a host offers them.
func hostTools() []sdk.ToolSpec {
	schema := func(property string) json.RawMessage {
		return json.RawMessage(`{"type":"object","properties":{"` + property + `":{"type":"string"}},"required":["` + property + `"]}`)
	}
	return []sdk.ToolSpec{
		{Name: "bash", Description: "Run a shell command.", InputSchema: schema("command")},
		{Name: "read", Description: "Read a file.", InputSchema: schema("path")},
	}
}
