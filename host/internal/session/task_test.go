package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

func say(role sdk.Role, text string) sdk.Message {
	return sdk.Message{Role: role, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

func newTask(t *testing.T, s *Session, kind, prompt string) *Session {
	t.Helper()
	task, err := s.NewTask(Header{SubagentType: kind, Title: "look", Model: "small"})
	must(t, err)
	must(t, task.Append(say(sdk.RoleUser, prompt), false))
	must(t, task.AddFiles([]tool.SeenFile{{Path: "/w/a"}}))
	must(t, task.Close())
	return task
}

func checkTask(t *testing.T, s *Session, id, prompt string) {
	t.Helper()
	task, err := s.Task(id)
	must(t, err)
	defer func() { must(t, task.Close()) }()
	messages := task.Messages()
	if len(messages) == 0 || messages[0].Blocks[0].(sdk.Text).Text != prompt {
		t.Errorf("messages %+v", messages)
	}
	if _, model := task.BegunWith(); task.SubagentType() != "explore" || model != "small" || len(task.Files()) != 1 || task.SpoolDir() != s.SpoolDir() {
		t.Errorf("type %q, model %q, files %v", task.SubagentType(), model, task.Files())
	}
}

func TestTasks(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(t.TempDir()), t.TempDir()
	s, err := store.Create(Header{WorkingDir: dir})
	must(t, err)
	first, second := newTask(t, s, "explore", "one"), newTask(t, s, "general", "two")
	if first.ID() != "task-1" || second.ID() != "task-2" || !slices.Equal(s.Tasks(), []string{"task-1", "task-2"}) {
		t.Fatalf("ids %s, %s, %v", first.ID(), second.ID(), s.Tasks())
	}
	for _, bad := range []string{"task-3", "task-01", "../x", ""} {
		if _, err := s.Task(bad); err == nil {
			t.Errorf("task %q is there", bad)
		}
	}
	must(t, s.Close())

	// Nothing but the session itself is listed, and a later run finds the tasks.
	rows, err := store.List("", 0)
	must(t, err)
	if len(rows) != 1 || rows[0].ID != s.ID() {
		t.Fatalf("listed %+v", rows)
	}
	s, err = store.Resume(s.ID(), Project(dir))
	must(t, err)
	checkTask(t, s, "task-1", "one")
	fork, err := store.Fork(s.ID(), Project(dir), "") // while it is in use
	must(t, err)
	peek, err := store.Peek(s.ID(), Project(dir))
	must(t, err)
	more, err := fork.Task("task-1")
	must(t, err)
	must(t, more.Append(say(sdk.RoleAssistant, "in the fork"), false))
	must(t, more.Close())
	must(t, s.Close())

	// With the original its tasks are gone, not those of the copies.
	_, err = store.Delete(s.ID(), Project(dir))
	must(t, err)
	if _, err := os.Stat(s.SpoolDir()); err == nil {
		t.Error("the tasks outlive the session")
	}
	checkTask(t, fork, "task-1", "one")
	checkTask(t, peek, "task-1", "one")
	if task := newTask(t, peek, "explore", "three"); task.ID() != "task-3" || task.Path() != "" {
		t.Errorf("task %s in %q", task.ID(), task.Path())
	}
	checkTask(t, peek, "task-3", "three")
	must(t, fork.Close())
	must(t, peek.Close())
}

// A task that cannot be written goes on in memory.
func TestTaskWithoutFile(t *testing.T) {
	t.Parallel()
	s, err := NewStore(t.TempDir()).Create(Header{WorkingDir: t.TempDir()})
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(s.SpoolDir()), 0o700))
	must(t, os.WriteFile(s.SpoolDir(), nil, 0o600)) // where the folder should be
	task, err := s.NewTask(Header{SubagentType: "explore", Model: "small"})
	if err == nil || task.ID() != "task-1" {
		t.Fatalf("%v, %v", task, err)
	}
	must(t, task.Append(say(sdk.RoleUser, "one"), false))
	if again, err := s.Task("task-1"); err != nil || len(again.Messages()) != 1 {
		t.Error("it is lost", err)
	}
	must(t, s.Close())
}
