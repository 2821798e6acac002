package plugin

import (
	"context"
	"io"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// Terminal borrows the user's terminal. Only one can be lent at a time.
func (u *loginUI) Terminal(ctx context.Context, title string) (sdk.Terminal, error) {
	lent := newTerminal(u)
	if !u.lend(lent) {
		return nil, &sdk.Error{Kind: sdk.KindInternal, Op: "login", Message: "the terminal is already lent"}
	}
	_, err := u.ask(ctx, func(id string) *pb.LoginResponse {
		return &pb.LoginResponse{Message: &pb.LoginResponse_TerminalStart{
			TerminalStart: &pb.LoginTerminalStart{Id: id, Title: clean(title)},
		}}
	})
	if err != nil {
		u.takeTerminalBack()
		return nil, err
	}
	return lent, nil
}

func (u *loginUI) lend(t *terminal) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.terminal != nil || u.closed {
		return false
	}
	u.terminal = t
	return true
}

func (u *loginUI) lent() *terminal {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.terminal
}

func (u *loginUI) takeTerminalBack() {
	u.mu.Lock()
	lent := u.terminal
	u.terminal = nil
	u.mu.Unlock()
	if lent != nil {
		lent.end()
	}
}

// maxTyped is how much of what the user typed waits for the vendor's program.
// Nobody types so much; whoever pastes more is held back, and every other
// message of the host with it.
const maxTyped = 64 << 10

// terminal is the user's terminal as the plugin sees it.
type terminal struct {
	ui      *loginUI
	resizes chan sdk.TerminalSize

	mu      sync.Mutex // guards what follows, and sends on resizes
	changed *sync.Cond // of typed and ended
	typed   []byte
	ended   bool
}

func newTerminal(ui *loginUI) *terminal {
	t := &terminal{ui: ui, resizes: make(chan sdk.TerminalSize, 1)}
	t.changed = sync.NewCond(&t.mu)
	return t
}

// Read returns what the user types, io.EOF when the host took the terminal back.
func (t *terminal) Read(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.typed) == 0 && !t.ended {
		t.changed.Wait()
	}
	if len(t.typed) == 0 {
		return 0, io.EOF
	}
	n := copy(p, t.typed)
	t.typed = t.typed[n:]
	t.changed.Broadcast()
	return n, nil
}

// maxTerminalChunk keeps one message small enough to be shown at once.
const maxTerminalChunk = 32 << 10

// Write shows p. It blocks while the host's terminal is slow.
func (t *terminal) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		chunk := p[written:min(len(p), written+maxTerminalChunk)]
		err := t.ui.send(&pb.LoginResponse{Message: &pb.LoginResponse_TerminalData{
			TerminalData: &pb.LoginTerminalData{Data: chunk},
		}})
		if err != nil {
			return written, err
		}
		written += len(chunk)
	}
	return written, nil
}

// Resizes delivers the newest size; one that nobody fetched is replaced.
func (t *terminal) Resizes() <-chan sdk.TerminalSize { return t.resizes }

// Exit gives the terminal back.
func (t *terminal) Exit(status int) error {
	err := t.ui.send(&pb.LoginResponse{Message: &pb.LoginResponse_TerminalExit{
		TerminalExit: &pb.LoginTerminalExit{Status: clamp32(status)},
	}})
	t.ui.takeTerminalBack()
	return err
}

// input keeps what the user typed until it is read. t may be nil: input that
// crossed an exit on the wire is dropped.
func (t *terminal) input(ctx context.Context, data []byte) {
	if t == nil {
		return
	}
	defer context.AfterFunc(ctx, t.end)()
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.typed) >= maxTyped && !t.ended {
		t.changed.Wait()
	}
	if t.ended {
		return
	}
	t.typed = append(t.typed, data...)
	t.changed.Broadcast()
}

func (t *terminal) resize(size sdk.TerminalSize) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	select {
	case <-t.resizes:
	default:
	}
	t.resizes <- size
}

func (t *terminal) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	close(t.resizes)
	t.changed.Broadcast()
}
