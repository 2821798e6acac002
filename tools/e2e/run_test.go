//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// Ten tool calls of every kind, then an answer.
func TestTenToolTask(t *testing.T) {
	t.Parallel()
	b := newBed(t, turns(
		reply(call("glob", `{"pattern":"**/*.txt"}`), call("grep", `{"pattern":"two"}`), call("read", `{"file_path":"a.txt"}`)),
		reply(call("todowrite", `{"todos":[{"content":"edit a","status":"in_progress"}]}`)),
		reply(call("edit", `{"file_path":"a.txt","old_string":"two","new_string":"2"}`)),
		reply(call("write", `{"file_path":"sub/b.txt","content":"new\n"}`)),
		reply(call("bash", `{"command":"cat a.txt sub/b.txt"}`)),
		reply(call("todoread", `{}`), call("read", `{"file_path":"sub/b.txt"}`)),
		reply(call("bash", `{"command":"false"}`)),
		reply(text("All done.")),
	))
	b.write("a.txt", "one\ntwo\nthree\n")
	r := b.jcode("run", "-o", "stream-json", "do it")
	r.want(t, 0)
	checkStream(t, r)
	b.noViolations()
	events := parse(t, r.stdout)
	last := events[len(events)-1]
	if last["result"] != "All done." || last["num_turns"] != float64(8) {
		t.Errorf("result %v after %v turns", last["result"], last["num_turns"])
	}
	if content, _ := os.ReadFile(filepath.Join(b.project, "a.txt")); string(content) != "one\n2\nthree\n" {
		t.Errorf("a.txt is %q", content)
	}
	if !strings.Contains(r.stdout, `new\n`) || !strings.Contains(r.stdout, "[exit 1") {
		t.Errorf("the commands' output is missing: %s", clip(r.stdout))
	}
}

// Thinking comes back to the server as it was signed, with the tool call it led to.
func TestThinkingIsReplayed(t *testing.T) {
	t.Parallel()
	b := newBed(t, turns(
		reply(messages.Block{Type: messages.Thinking, Text: "I should look."}, call("read", `{"file_path":"a.txt"}`)),
		reply(messages.Block{Type: messages.Thinking, Text: "Now I know."}, text("It says one.")),
	))
	b.write("a.txt", "one\n")
	r := b.jcode("run", "--effort", "high", "think")
	r.want(t, 0)
	if r.stdout != "It says one.\n" {
		t.Errorf("stdout %q", r.stdout)
	}
	b.jcode("run", "-c", "--effort", "high", "again").want(t, 0)
	b.noViolations()
}

// dotPNG is a picture of one pixel.
const dotPNG = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\x0f\x04\x00\t\xfb\x03\xfd\xfb^k+\x00\x00\x00\x00IEND\xaeB`\x82"

// An attached picture reaches the server as one.
func TestImageIsSent(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.write("dot.png", dotPNG)
	b.jcode("run", "-f", "dot.png", "what is it").want(t, 0)
	b.noViolations()
	records := b.server.Requests()
	if body := string(records[len(records)-1].Body); !strings.Contains(body, `"image/png"`) {
		t.Errorf("no picture in %s", clip(body))
	}
}

// A conversation of 300 turns works, and each request is a good one.
func TestThreeHundredTurns(t *testing.T) {
	t.Parallel()
	var replies []*messages.Reply
	for i := range 299 {
		replies = append(replies, reply(call("read", fmt.Sprintf(`{"file_path":"f%d.txt"}`, i%3))))
	}
	b := newBed(t, turns(append(replies, reply(text("enough")))...))
	for i := range 3 {
		b.write(fmt.Sprintf("f%d.txt", i), "content\n")
	}
	r := b.jcode("run", "--max-turns", "400", "go on")
	r.want(t, 0)
	if r.took > 60*time.Second {
		t.Errorf("took %s", r.took)
	}
	b.noViolations()
}

// A conversation of 20 MB is carried on.
func TestLargeConversation(t *testing.T) {
	t.Parallel()
	b := newBed(t, &messages.Scenario{Steps: []messages.Step{{Name: "kept", Reply: reply(text("kept"))}}})
	line := strings.Repeat("the quick brown fox jumps over the lazy dog ", 23) + "\n"
	for i := range 5 {
		name := fmt.Sprintf("part%d.txt", i)
		b.write(name, strings.Repeat(line, 4<<20/len(line)))
		args := []string{"run", "--set", "compaction.enabled=false", "-f", name, "keep this"}
		if i > 0 {
			args = append(args, "-c")
		}
		b.jcode(args...).want(t, 0)
	}
	r := b.jcode("run", "--set", "compaction.enabled=false", "-c", "and now")
	r.want(t, 0)
	if r.stdout != "kept\n" {
		t.Errorf("stdout %q", clip(r.stdout))
	}
	records := b.server.Requests()
	if size := records[len(records)-1].Size; size < 20<<20 {
		t.Errorf("the last request had %d bytes", size)
	}
	b.noViolations()
}

// What a command and a session leave behind is listed and can be removed.
func TestSessionsLife(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	b.jcode("run", "first words").want(t, 0)
	b.jcode("run", "-c", "second words").want(t, 0)
	list := b.jcode("sessions", "list", "--json")
	list.want(t, 0)
	id := find(t, parseOne(t, list.stdout), "id")
	show := b.jcode("sessions", "show", id)
	show.want(t, 0)
	for _, words := range []string{"first words", "second words", "echo: second words"} {
		if !strings.Contains(show.stdout, words) {
			t.Errorf("show lacks %q: %s", words, show.stdout)
		}
	}
	b.jcode("run", "-r", id[:len(id)-2], "third words").want(t, 0)
	b.jcode("sessions", "delete", id).want(t, 0)
	b.jcode("sessions", "show", id).want(t, 2, id)
}
