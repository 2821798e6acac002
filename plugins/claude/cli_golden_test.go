package claude

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// cliFixture is one recorded run of the real program.
type cliFixture struct {
	name, stdout, stderr string
	Argv                 []string `json:"argv"`
	Exit                 int      `json:"exit"`
	Cwd                  string   `json:"cwd"`
}

func cliFixtures(t testing.TB) []cliFixture {
	t.Helper()
	files, err := filepath.Glob("testdata/cli/*.meta.json")
	if err != nil || len(files) < 25 {
		t.Fatal("the recorded runs are missing", err)
	}
	fixtures := make([]cliFixture, len(files))
	for i, file := range files {
		f := &fixtures[i]
		f.name = strings.TrimSuffix(filepath.Base(file), ".meta.json")
		if err := json.Unmarshal([]byte(readPart(t, f.name, ".meta.json")), f); err != nil {
			t.Fatal(file, err)
		}
		f.stdout, f.stderr = readPart(t, f.name, ".stdout.jsonl"), readPart(t, f.name, ".stderr.txt")
	}
	return fixtures
}

func readPart(t testing.TB, name, suffix string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/cli", name+suffix))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// argument is the value behind a flag of the recorded command line.
func (f cliFixture) argument(flag string) string {
	if i := slices.Index(f.Argv, flag); i >= 0 && i+1 < len(f.Argv) {
		return f.Argv[i+1]
	}
	return ""
}

// script plays the run: behind a question comes its answer.
func (f cliFixture) script() string {
	var out strings.Builder
	for line := range strings.Lines(f.stderr) {
		out.WriteString("!stderr " + strings.TrimSpace(line) + "\n")
	}
	for line := range strings.Lines(f.stdout) {
		out.WriteString(line)
		if strings.Contains(line, `"type":"control_request"`) {
			out.WriteString("!read\n")
		}
	}
	return out.String() + fmt.Sprintf("!exit %d\n", f.Exit)
}

// Every recorded run, played by a stand-in for the program.
func TestCLIGolden(t *testing.T) {
	t.Parallel()
	for _, f := range cliFixtures(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			got := f.play(t)
			want := filepath.Join("testdata/cli", f.name+".want")
			if wire.Update() {
				if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(readPart(t, f.name, ".want"), got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func (f cliFixture) play(t *testing.T) string {
	b := newCLIBed(t, f.script(), map[string]string{
		keyVariable: testKey, modeVariable: f.argument("--permission-mode"), modelVariable: f.argument("--model"),
	})
	request := hello()
	if session := f.argument("--resume"); session != "" {
		request.Messages = []sdk.Message{say("hello"), {Role: sdk.RoleAssistant, Provider: providerName, Blocks: []sdk.Block{sdk.Text{Text: "hi"}}}, say("more")}
		request.ProviderState = shellout.Conversation{Session: session, Dir: b.config.WorkingDir, Seen: 1}.Bytes()
	}
	b.provider.sayNothing(t, b)
	stream, result, err := b.generate(request)
	var out bytes.Buffer
	for _, event := range stream.events {
		wire.WriteLine(t, &out, event)
	}
	if err != nil {
		e := sdk.AsError(err)
		fmt.Fprintf(&out, "Error %s %d %q try %q retry %t\n", e.Kind, e.HTTPStatus, e.Error(), e.Remedy, e.Retryable)
		return out.String()
	}
	state := shellout.ReadConversation(result.ProviderState)
	result.ProviderState = nil
	wire.WriteLine(t, &out, result)
	fmt.Fprintf(&out, "State %s %d\n", state.Session, state.Seen)
	return out.String()
}

// sayNothing marks what is said once in the life of an installation as said.
func (p *Provider) sayNothing(t *testing.T, b *cliBed) {
	t.Helper()
	turn := &cliTurn{
		provider: p, stream: &recorder{}, config: b.config, credential: p.settings(t.Context()).credential,
		settings: readCLISettings(b.config, hello(), ""),
	}
	if err := turn.announce(); err != nil {
		t.Fatal(err)
	}
}

// decode runs the lines through the decoder alone.
func decode(t testing.TB, lines string, ownLogin bool) (events []sdk.Event, d *cliDecoder, err error) {
	t.Helper()
	d = &cliDecoder{
		emit:  func(event sdk.Event) error { events = append(events, event); return nil },
		model: resolveModel(defaultModel), now: (&fakeClock{}).clock().Now, ownLogin: ownLogin,
	}
	for data := range strings.Lines(lines) {
		line, ok := parseLine([]byte(data))
		if !ok {
			continue
		}
		last, err := d.line(&line)
		if last || err != nil {
			return events, d, err
		}
	}
	return events, d, nil
}

// Newer versions order the keys of a line otherwise: it must mean the same.
func TestCLIKeyOrder(t *testing.T) {
	t.Parallel()
	for _, f := range cliFixtures(t) {
		var turned strings.Builder
		for line := range strings.Lines(f.stdout) {
			turned.Write(turnKeys(t, []byte(line)))
			turned.WriteByte('\n')
		}
		want, _, wantErr := decode(t, f.stdout, true)
		got, _, err := decode(t, turned.String(), true)
		if d := cmp.Diff(want, got, cmp.Transformer("json", func(raw json.RawMessage) string {
			var value any
			_ = json.Unmarshal(raw, &value)
			sorted, _ := json.Marshal(value)
			return string(sorted)
		})); d != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%s: %v, %v\n%s", f.name, wantErr, err, d)
		}
	}
}

// turnKeys writes the objects of a document with their keys in falling order.
func turnKeys(t *testing.T, data []byte) []byte {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) == nil && object != nil {
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		slices.Reverse(names)
		out := []byte{'{'}
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(wirejson.AppendString(out, name), ':')
			out = append(out, turnKeys(t, object[name])...)
		}
		return append(out, '}')
	}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && list != nil {
		out := []byte{'['}
		for i, item := range list {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, turnKeys(t, item)...)
		}
		return append(out, ']')
	}
	return bytes.TrimSpace(data)
}

func FuzzCLILine(f *testing.F) {
	for _, fixture := range cliFixtures(f) {
		f.Add(fixture.stdout)
	}
	f.Add(`{"type":"assistant","message":{"content":{"a":1}},"error":{}}` + "\n" + `{"type":"user","message":{"content":[1,null,{"type":"tool_result"}]}}`)
	f.Fuzz(func(t *testing.T, lines string) {
		_, d, err := decode(t, lines, false)
		if err == nil && d.end != nil {
			if result, err := d.result(); err == nil && result.StopReason == "" {
				t.Error("neither an error nor a stop reason")
			}
		}
	})
}
