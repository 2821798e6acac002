package session

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Session is one conversation that this process writes. It is safe for
// concurrent use. Close it.
type Session struct {
	mu     sync.Mutex
	state  state
	path   string
	spool  string
	file   *os.File
	size   int64
	lock   *lock
	syncer syncer
	// removeSpool marks an ephemeral session, whose spool is temporary.
	removeSpool bool
	warnings    []string
	tasks       tasks
}

// ID is the session's id.
func (s *Session) ID() string { return s.state.header.ID }

// Project is the folder that the session is kept under.
func (s *Session) Project() string { return s.state.header.Project }

// Path is the session's file; empty for an ephemeral one.
func (s *Session) Path() string { return s.path }

// SpoolDir is the folder for tool output that is too long for the model. It may
// not exist yet; whoever writes there creates it with mode 0700.
func (s *Session) SpoolDir() string { return s.spool }

// KeepSpool has Close leave the spool of an ephemeral session: something still
// writes there.
func (s *Session) KeepSpool() { s.removeSpool = false }

// ForkedFrom is the session that this one was copied from; may be empty.
func (s *Session) ForkedFrom() string { return s.state.header.ForkedFrom }

// Warnings tells what was wrong with the file and is mended.
func (s *Session) Warnings() []string { return s.warnings }

// Messages is the conversation so far, to be read only. Roles alternate and
// every tool call has its result, except those of the last message.
func (s *Session) Messages() []sdk.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clip(s.state.messages)
}

// Turns is the number of the last turn.
func (s *Session) Turns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.turns
}

// Append adds a message. interrupted marks an answer that was cut off.
func (s *Session) Append(message sdk.Message, interrupted bool) error {
	if len(message.Blocks) == 0 {
		return nil
	}
	raw, err := message.MarshalJSON()
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	return s.write(entry{Type: typeMessage, Message: raw, Interrupted: interrupted}, message)
}

// AppendTurn records one call of the model.
func (s *Session) AppendTurn(turn Turn) error {
	return s.write(entry{Type: typeTurn, Turn: &turn}, sdk.Message{})
}

// Note adds a line for people who read the file; it is not sent to any model.
func (s *Session) Note(text string) error {
	return s.write(entry{Type: typeNote, Text: text}, sdk.Message{})
}

// Keep forgets all but the first n messages. The file keeps them.
func (s *Session) Keep(n int) error {
	return s.write(entry{Type: typeDrop, Keep: n}, sdk.Message{})
}

// ProviderState is what the provider of that name returned last; may be nil.
func (s *Session) ProviderState(provider string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.provider[provider]
}

// SetProviderState stores what the provider returned, byte for byte.
func (s *Session) SetProviderState(provider string, value []byte) error {
	return s.write(entry{Type: typeState, Provider: provider, State: value}, sdk.Message{})
}

// Choice is whom the user chose to ask last: the provider, and the model if one was
// named. Who really answered, a fallback for example, is another matter.
func (s *Session) Choice() (provider, model string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.chosen.provider, s.state.chosen.model
}

// Choose records whom the user wants to ask from now on.
func (s *Session) Choose(provider, model string) error {
	if p, m := s.Choice(); p == provider && m == model {
		return nil
	}
	return s.write(entry{Type: typeChoice, Provider: provider, Model: model}, sdk.Message{})
}

// Todos is the task list.
func (s *Session) Todos() []tool.Todo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.todos)
}

// SetTodos replaces the task list.
func (s *Session) SetTodos(todos []tool.Todo) error {
	return s.write(entry{Type: typeTodos, Todos: slices.Clone(todos)}, sdk.Message{})
}

// Files are the files that the model has seen, as they were then, in no order.
func (s *Session) Files() []tool.SeenFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.state.files))
}

// AddFiles records what files the model has seen.
func (s *Session) AddFiles(files []tool.SeenFile) error {
	if len(files) == 0 {
		return nil
	}
	return s.write(entry{Type: typeFiles, Files: files}, sdk.Message{})
}

// write appends one line and takes it into the state. What cannot be stored is
// still part of the conversation in memory.
func (s *Session) write(e entry, message sdk.Message) error {
	line, err := encode(e, time.Now())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.apply(e, message)
	return s.writeLine(line)
}

func (s *Session) writeLine(line []byte) error {
	if s.path == "" {
		return nil
	}
	if s.file == nil {
		return fmt.Errorf("write session %s: %w", s.ID(), os.ErrClosed)
	}
	n, err := s.file.Write(line)
	if err != nil {
		// A torn line in the middle would damage the session.
		if n > 0 {
			err = errors.Join(err, s.file.Truncate(s.size))
		}
		return fmt.Errorf("write session %s: %w", s.path, err)
	}
	s.size += int64(n)
	return nil
}

// Sync starts to make what was written durable and returns at once. The model's
// next answer takes longer than any disk; an error comes with the next call.
func (s *Session) Sync() error {
	s.mu.Lock()
	file := s.file
	s.mu.Unlock()
	if file == nil {
		return nil
	}
	return s.syncer.start(file)
}

// Close makes everything durable, gives up the right to write and removes the
// spool of an ephemeral session. It may be called twice.
func (s *Session) Close() error {
	s.mu.Lock()
	file := s.file
	s.file = nil
	s.mu.Unlock()
	if s.removeSpool {
		return os.RemoveAll(s.spool)
	}
	if file == nil {
		return nil
	}
	err := s.syncer.wait()
	err = errors.Join(err, file.Sync(), file.Close())
	if s.lock != nil { // a subagent's conversation is locked with its session
		s.lock.release()
	}
	if err != nil {
		return fmt.Errorf("close session %s: %w", s.path, err)
	}
	return nil
}
