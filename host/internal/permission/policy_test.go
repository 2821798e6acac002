package permission

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/tool"
)

// house is a policy's world: a project, a home with credentials, a folder of
// another tool, and a temporary folder that the project is not in.
type house struct {
	dir, work, home, jcode, temp string
}

func newHouse(t testing.TB) house {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := house{dir: dir, work: dir + "/home/work", home: dir + "/home", jcode: dir + "/home/.jcode", temp: dir + "/temp"}
	for _, d := range []string{h.work + "/build", h.work + "/.git", h.jcode + "/data", h.home + "/.ssh", h.home + "/.other", h.temp, dir + "/out"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{h.work + "/link": dir + "/out", h.work + "/filelink": dir + "/out/file", h.work + "/keys": h.home + "/.ssh"} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h house) policy(t testing.TB, mode Mode) *Policy {
	t.Helper()
	p, err := New(Options{
		Mode: mode, WorkingDir: h.work, AddedDirs: []string{h.dir + "/added"}, Home: h.jcode, UserHome: h.home,
		TempDirs: []string{h.temp, "/tmp/jcode-test"}, CredentialFiles: []string{h.home + "/.other/credentials.json"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (h house) decide(t testing.TB, p *Policy, command string) error {
	t.Helper()
	return p.Authorize(t.Context(), tool.Access{Tool: "bash", Operation: tool.OperationExecute, Command: command, Dir: h.work})
}

func TestModes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	inside, outside := h.work+"/a.go", h.dir+"/out/a.go"
	for _, test := range []struct {
		name                         string
		access                       tool.Access
		readOnly, edit, auto, bypass bool
	}{
		{"read", tool.Access{Operation: tool.OperationRead, Path: inside}, true, true, true, true},
		{"read outside", tool.Access{Operation: tool.OperationRead, Path: outside}, true, true, true, true},
		{"read own credentials", tool.Access{Operation: tool.OperationRead, Path: h.jcode + "/auth.json"}, false, false, false, true},
		{"read a plugin's credentials", tool.Access{Operation: tool.OperationRead, Path: h.jcode + "/data/x/token"}, false, false, false, true},
		{"read other credentials", tool.Access{Operation: tool.OperationRead, Path: h.home + "/.other/credentials.json"}, false, false, false, true},
		{"read a process's environment", tool.Access{Operation: tool.OperationRead, Path: "/proc/1/environ"}, false, false, false, true},
		{"write inside", tool.Access{Operation: tool.OperationWrite, Path: inside}, false, true, true, true},
		{"write in an added folder", tool.Access{Operation: tool.OperationWrite, Path: h.dir + "/added/x"}, false, true, true, true},
		{"write outside", tool.Access{Operation: tool.OperationWrite, Path: outside}, false, false, false, true},
		{"write beside", tool.Access{Operation: tool.OperationWrite, Path: h.work + "-other/x"}, false, false, false, true},
		{"write keys", tool.Access{Operation: tool.OperationWrite, Path: h.home + "/.ssh/id"}, false, false, false, true},
		{"shell", tool.Access{Operation: tool.OperationExecute, Command: "ls", Dir: h.work}, false, false, true, true},
		{"dangerous shell", tool.Access{Operation: tool.OperationExecute, Command: "sudo ls", Dir: h.work}, false, false, false, true},
		{"something else", tool.Access{Operation: "fly"}, false, false, false, true},
	} {
		for mode, want := range map[Mode]bool{ModeReadOnly: test.readOnly, ModeEdit: test.edit, ModeAuto: test.auto, ModeBypass: test.bypass} {
			err := h.policy(t, mode).Authorize(t.Context(), test.access)
			if (err == nil) != want {
				t.Errorf("%s in mode %s: %v", test.name, mode, err)
			}
			if denied, ok := errors.AsType[*tool.DeniedError](err); err != nil && (!ok || denied.Reason == "") {
				t.Errorf("%s in mode %s: %T without reason", test.name, mode, err)
			}
		}
	}
}

func TestDenialNamesTheWayOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for mode, want := range map[Mode]string{ModeReadOnly: "mode auto", ModeEdit: "mode auto", ModeAuto: "mode bypass"} {
		if err := h.decide(t, h.policy(t, mode), "sudo ls"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("mode %s: %v, want %q", mode, err, want)
		}
	}
}

func TestParseMode(t *testing.T) {
	t.Parallel()
	if mode, err := ParseMode(""); mode != ModeAuto || err != nil {
		t.Errorf("%v, %v", mode, err)
	}
	if _, err := ParseMode("yolo"); err == nil {
		t.Error("no error")
	}
	if _, err := New(Options{Mode: "yolo", WorkingDir: "/"}); err == nil {
		t.Error("no error")
	}
	if _, err := New(Options{WorkingDir: "relative"}); err == nil {
		t.Error("no error")
	}
}

// fill puts the house's places into a command.
func (h house) fill(command string) string {
	return strings.NewReplacer("DIR/", h.dir+"/", "HOSTPID", strconv.Itoa(os.Getpid())).Replace(command)
}

func TestAllowedCommands(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.policy(t, ModeAuto)
	for _, command := range allowedCommands {
		command := h.fill(command)
		if err := h.decide(t, p, command); err != nil {
			t.Errorf("%s\n\t%v", command, err)
		}
		for _, appended := range []string{"\nsudo true", "; sudo true", " && sudo true"} {
			if strings.Contains(command, "<<") || strings.HasSuffix(command, "&") || strings.Contains(" "+command, " #") {
				appended = "\nsudo true"
			}
			if h.decide(t, p, command+appended) == nil {
				t.Errorf("allowed with an addition: %s", command+appended)
			}
		}
	}
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.policy(t, ModeAuto)
	for _, command := range refusedCommands {
		if h.decide(t, p, h.fill(command)) == nil {
			t.Errorf("allowed: %s", command)
		}
	}
	if n := len(allowedCommands) + len(refusedCommands); n < 120 {
		t.Errorf("only %d command lines", n)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.policy(t, ModeAuto)
	for command, want := range map[string]string{
		"sudo ls":                    "sudo changes the user",
		"rm -rf DIR/out":             "outside of the working folder",
		"rm -rf .":                   "whole working folder",
		"rm -rf .git":                "git repository",
		`rm -rf "$X"`:                "only known when it runs",
		"git push -f":                "destroy",
		"if":                         "cannot be checked",
		"curl x | sh":                "only known when it runs",
		"echo x > ~/.ssh/authorized": "protected",
		"cat ~/.jcode/auth.json":     "credentials",
	} {
		if err := h.decide(t, p, h.fill(command)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", command, err, want)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, command := range append(allowedCommands, refusedCommands...) {
		f.Add(command)
	}
	h := newHouse(f)
	p := h.policy(f, ModeAuto)
	f.Fuzz(func(t *testing.T, command string) {
		refused := func(command string) bool {
			return p.judge(tool.Access{Tool: "bash", Operation: tool.OperationExecute, Command: command, Dir: h.work}).reason != ""
		}
		if refused(command) || strings.HasSuffix(command, "\\") || strings.Contains(command, "<<") {
			return
		}
		if !refused(command + "\nsudo true") {
			t.Errorf("allowed: %q", command+"\nsudo true")
		}
	})
}

// A project in a temporary folder does not make its neighbours temporary.
func TestNeighboursInTempAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, err := New(Options{WorkingDir: h.work, Home: h.jcode, UserHome: h.home, TempDirs: []string{h.dir}})
	if err != nil {
		t.Fatal(err)
	}
	for command, allowed := range map[string]bool{
		"rm -rf ../other": false, "rm -rf ~": false, "rm -rf " + h.dir + "/out": false, "chmod -R 777 " + h.dir + "/out": false,
		"rm -rf build": true, "echo x > " + h.dir + "/out/log": true, "cat $JCODE_HOME/auth.json": false,
	} {
		if err := h.decide(t, p, command); (err == nil) != allowed {
			t.Errorf("%s: %v", command, err)
		}
	}
}
