package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// A subagent's conversation is kept beside the session that it belongs to, in a
// folder of the session's own: no list of sessions has it, and it goes away with
// the session. In a session that is kept in memory only it is so too.
const (
	taskFolder = "tasks"
	taskPrefix = "task-"
)

// tasks are the subagents' conversations of a session.
type tasks struct {
	mu     sync.Mutex
	memory map[string]*Session // those that are in no file
}

// NewTask begins the conversation of a subagent. ID and Created of header are
// filled in: ids count up within the session, "task-1". When no file can be made
// the conversation is kept in memory, and the error says why. Close it.
func (s *Session) NewTask(header Header) (*Session, error) {
	s.tasks.mu.Lock()
	defer s.tasks.mu.Unlock()
	last := 0
	for _, id := range s.taskIDs() {
		last = max(last, taskNumber(id))
	}
	header.ID = taskPrefix + strconv.Itoa(last+1)
	header.Created = time.Now().UTC()
	header.WorkingDir, header.Project = s.state.header.WorkingDir, s.state.header.Project
	task := &Session{state: state{header: header}, spool: s.spool}
	if s.path == "" {
		s.remember(task)
		return task, nil
	}
	task.path = s.taskPath(header.ID)
	err := os.MkdirAll(filepath.Dir(task.path), folderMode)
	if err == nil {
		err = task.begin(header, nil)
	}
	if err != nil {
		task.path = ""
		s.remember(task)
		return task, fmt.Errorf("keep task %s: %w", header.ID, err)
	}
	return task, nil
}

func (s *Session) remember(task *Session) {
	if s.tasks.memory == nil {
		s.tasks.memory = map[string]*Session{}
	}
	s.tasks.memory[task.ID()] = task
}

// Task goes on with the conversation of a subagent, one of Tasks. Nobody else may
// write it meanwhile. Close it.
func (s *Session) Task(id string) (*Session, error) {
	s.tasks.mu.Lock()
	defer s.tasks.mu.Unlock()
	if task := s.tasks.memory[id]; task != nil {
		return task, nil
	}
	if s.path == "" || taskNumber(id) == 0 {
		return nil, fmt.Errorf("open task %q: not found", id)
	}
	task := &Session{path: s.taskPath(id), spool: s.spool}
	if err := task.reopen(); err != nil {
		return nil, err
	}
	return task, nil
}

// Tasks are the ids of the subagents' conversations, in the order of their start.
func (s *Session) Tasks() []string {
	s.tasks.mu.Lock()
	defer s.tasks.mu.Unlock()
	return s.taskIDs()
}

func (s *Session) taskIDs() []string {
	var ids []string
	for id := range s.tasks.memory {
		ids = append(ids, id)
	}
	if s.path != "" {
		entries, _ := os.ReadDir(filepath.Join(s.spool, taskFolder)) // most have none
		for _, entry := range entries {
			if id, ok := strings.CutSuffix(entry.Name(), extension); ok && taskNumber(id) > 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return taskNumber(a) - taskNumber(b) })
	return slices.Compact(ids)
}

func (s *Session) taskPath(id string) string {
	return filepath.Join(s.spool, taskFolder, id+extension)
}

// taskNumber is that of "task-N"; 0 is no task's name.
func taskNumber(id string) int {
	digits, ok := strings.CutPrefix(id, taskPrefix)
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || digits != strconv.Itoa(number) {
		return 0
	}
	return max(number, 0)
}

// nameTasks adds to the results of calls that the process left open which subagent was
// at work for each: the model has no other way to know whom it can go on with.
func (s *Session) nameTasks(results []sdk.Block) {
	if s.SubagentType() != "" { // it has none of its own
		return
	}
	byCall := map[string]string{}
	for _, id := range s.taskIDs() {
		if call := s.taskCall(id); call != "" {
			byCall[call] = id
		}
	}
	for i, block := range results {
		if result, ok := block.(sdk.ToolResult); ok && byCall[result.ToolCallID] != "" && s.lastCalled(result.ToolCallID) == "task" {
			result.Content = []sdk.Block{sdk.Text{Text: cutMessages + "; what its subagent has done until then is kept: go on with session_id " + byCall[result.ToolCallID]}}
			results[i] = result
		}
	}
}

// lastCalled is the tool of the latest call of that id, which not every vendor makes
// unique.
func (s *Session) lastCalled(id string) string {
	for _, message := range slices.Backward(s.state.messages) {
		for _, block := range message.Blocks {
			if call, ok := block.(sdk.ToolCall); ok && call.ID == id {
				return strings.ToLower(call.Name)
			}
		}
	}
	return ""
}

// taskCall is the call that a subagent was begun for; empty is unknown.
func (s *Session) taskCall(id string) string {
	file, err := os.Open(s.taskPath(id))
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return ""
	}
	header, err := readHeader(file, info.Size(), make([]byte, 4<<10))
	if err != nil || header == nil {
		return ""
	}
	return header.ToolCallID
}

// SubagentType is what kind of subagent the conversation is of; empty for a
// session.
func (s *Session) SubagentType() string { return s.state.header.SubagentType }

// BegunWith is what the conversation was begun with; the model may be empty.
func (s *Session) BegunWith() (provider, model string) {
	return s.state.header.Provider, s.state.header.Model
}

// copyTasks gives a fork its own copies of the subagents' conversations.
func copyTasks(from, to *Session) error {
	for _, id := range from.taskIDs() {
		if err := copyTask(from.taskPath(id), to.taskPath(id)); err != nil {
			return fmt.Errorf("copy task %s: %w", id, err)
		}
	}
	return nil
}

func copyTask(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), folderMode); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// peekTasks reads the subagents' conversations of a session into memory. One that
// cannot be read is left out: its id is unknown then.
func (s *Session) peekTasks(from *Session) {
	for _, id := range from.taskIDs() {
		read, err := load(from.taskPath(id))
		if err != nil {
			continue
		}
		read.repair()
		s.remember(&Session{state: read.state, spool: s.spool})
	}
}
