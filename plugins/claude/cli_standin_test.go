package claude

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
)

// scriptVariable makes the test binary a stand-in for the claude program: it plays
// the file of that name, or with ".resume" behind it when it is to resume.
const scriptVariable = "CLAUDE_TEST_SCRIPT"

func TestMain(m *testing.M) {
	guard.Main()
	if script := os.Getenv(scriptVariable); script != "" {
		os.Exit(playClaude(script))
	}
	os.Exit(m.Run())
}

// cliCall is what the stand-in saw of one start.
type cliCall struct {
	Args, Env []string
	Dir       string
	Inputs    []string
}

// playClaude reads the prompt and plays the script: a line is printed, one that
// begins with "!" is an order.
func playClaude(script string) int {
	call := cliCall{Args: os.Args[1:], Env: os.Environ()}
	call.Dir, _ = os.Getwd()
	input := bufio.NewReader(os.Stdin)
	read := func() {
		line, _ := input.ReadString('\n')
		call.Inputs = append(call.Inputs, strings.TrimSpace(line))
	}
	defer func() {
		log, err := os.OpenFile(script+".log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_ = json.NewEncoder(log).Encode(call)
			_ = log.Close()
		}
	}()
	if slices.Contains(call.Args, "-p") {
		read()
	}
	path := script
	if slices.Contains(call.Args, "--resume") {
		if _, err := os.Stat(script + ".resume"); err == nil {
			path += ".resume"
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return 99
	}
	interrupted := make(chan os.Signal, 1)
	if strings.Contains(string(data), "!interruptible") || strings.Contains(string(data), "!deaf") {
		signal.Notify(interrupted, os.Interrupt) // before what makes the other side interrupt us
	}
	for line := range strings.Lines(string(data)) {
		order, ok := strings.CutPrefix(line, "!")
		if !ok {
			_, _ = os.Stdout.WriteString(line)
			continue
		}
		order, rest, _ := strings.Cut(strings.TrimSpace(order), " ")
		if code, over := obey(order, rest, input, read, interrupted); over {
			return code
		}
	}
	return 0
}

func obey(order, rest string, input io.Reader, read func(), interrupted <-chan os.Signal) (code int, over bool) {
	switch order {
	case "read":
		read()
	case "eof":
		_, _ = io.Copy(io.Discard, input)
	case "stderr":
		fmt.Fprintln(os.Stderr, rest)
	case "noise":
		n, _ := strconv.Atoi(rest)
		_, _ = io.WriteString(os.Stderr, strings.Repeat("noise \x1b[31m", n))
	case "exit":
		code, _ = strconv.Atoi(rest)
		return code, true
	case "interruptible": // leaves with 0 when interrupted, as some versions do
		<-interrupted
		return 0, true
	case "deaf":
		select {}
	}
	return 0, false
}

// cliBed is a provider in CLI mode with a stand-in for the program.
type cliBed struct {
	t        *testing.T
	provider *Provider
	script   string
	config   sdk.Config
}

// newCLIBed returns one whose program plays script. variables are the user's.
func newCLIBed(t *testing.T, script string, variables map[string]string) *cliBed {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := &cliBed{t: t, script: filepath.Join(dir, "script"), provider: New("1.2.3")}
	b.write("", script)
	b.provider.clock = (&fakeClock{}).clock()
	b.provider.home = func() string { return filepath.Join(dir, "user") }
	b.config = sdk.Config{
		WorkingDir: t.TempDir(), HomeDir: filepath.Join(dir, "jcode"), StateDir: t.TempDir(), CacheDir: t.TempDir(),
		Variables: sdk.Variables{pathVariable: sdk.NewSecret(self)},
		// What the system needs, and root would otherwise be refused.
		ChildEnvironment: append(os.Environ(), sandboxVariable+"=1", scriptVariable+"="+b.script),
	}
	for name, value := range variables {
		b.config.Variables[name] = sdk.NewSecret(value)
		b.config.ChildEnvironment = append(b.config.ChildEnvironment, name+"="+value)
	}
	b.configure()
	return b
}

func (b *cliBed) configure() {
	b.t.Helper()
	if err := b.provider.Configure(b.t.Context(), b.config); err != nil {
		b.t.Fatal(err)
	}
}

func (b *cliBed) write(suffix, script string) {
	b.t.Helper()
	if err := os.WriteFile(b.script+suffix, []byte(script), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// file makes one in the user's or jcode's home.
func (b *cliBed) file(path, content string) {
	b.t.Helper()
	path = filepath.Join(filepath.Dir(b.script), path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *cliBed) generate(request *sdk.Request) (*recorder, sdk.Result, error) {
	b.t.Helper()
	stream := &recorder{}
	result, err := b.provider.Generate(b.t.Context(), request, stream)
	return stream, result, err
}

// calls are the starts of the stand-in.
func (b *cliBed) calls() []cliCall {
	b.t.Helper()
	data, err := os.ReadFile(b.script + ".log")
	if err != nil {
		b.t.Fatal("the program was not started:", err)
	}
	var calls []cliCall
	for line := range strings.Lines(string(data)) {
		var call cliCall
		if err := json.Unmarshal([]byte(line), &call); err != nil {
			b.t.Fatal(err)
		}
		calls = append(calls, call)
	}
	return calls
}

// Lines for scripts.
const (
	refusedTry = `{"type":"system","subtype":"api_retry","attempt":1,"max_retries":3,"error_status":401,"error":"authentication_failed"}` + "\n"
	initLine   = `{"type":"system","subtype":"init","session_id":"s1","model":"claude-opus-4-5-20251101","permissionMode":"bypassPermissions","claude_code_version":"2.1.197"}` + "\n"
	resultLine = `{"type":"result","subtype":"success","is_error":false,"result":"fine","stop_reason":"end_turn","session_id":"s1","num_turns":1,"usage":{"input_tokens":1,"output_tokens":2}}` + "\n"
)

// wholeLine is a message as a whole.
func wholeLine(id, content string) string {
	return fmt.Sprintf(`{"type":"assistant","message":{"id":%q,"model":"claude-opus-4-5-20251101","content":[%s]},"parent_tool_use_id":null}`+"\n", id, content)
}

func textBlock(text string) string { return fmt.Sprintf(`{"type":"text","text":%q}`, text) }

// streamLines are events of the API as the program hands them through.
func streamLines(events ...string) string {
	var out strings.Builder
	for _, event := range events {
		fmt.Fprintf(&out, `{"type":"stream_event","event":%s,"parent_tool_use_id":null}`+"\n", event)
	}
	return out.String()
}

func messageStart(id string) string {
	return fmt.Sprintf(`{"type":"message_start","message":{"id":%q,"model":"claude-opus-4-5-20251101","usage":{"input_tokens":5,"output_tokens":1}}}`, id)
}

const (
	textStart  = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	blockStop  = `{"type":"content_block_stop","index":0}`
	replyEnd   = `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}`
	replyStop  = `{"type":"message_stop"}`
	toolStart  = `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"Bash","input":{}}}`
	toolBlock  = `{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}`
	toolResult = `{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"a.go"}]},"parent_tool_use_id":null}` + "\n"
)

func textPiece(text string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}`, text)
}
