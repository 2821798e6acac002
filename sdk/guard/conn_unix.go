//go:build unix

package guard

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	headerBytes = 5        // length of the payload, kind
	maxPayload  = 64 << 20 // far above what the system accepts as arguments
	maxFiles    = 250      // the system passes 253 at once
)

// conn is one end of the lifeline: framed messages, with files beside them.
// Several goroutines may send, one receives.
type conn struct {
	f   *os.File
	raw syscall.RawConn
	mu  sync.Mutex // held while sending
}

// newConn takes over fd.
func newConn(fd int) (*conn, error) {
	if err := unix.SetNonblock(fd, true); err != nil { // for the runtime's poller
		return nil, fmt.Errorf("set up lifeline: %w", err)
	}
	f := os.NewFile(uintptr(fd), "lifeline")
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("set up lifeline: %w", err)
	}
	return &conn{f: f, raw: raw}, nil
}

func (c *conn) close() { _ = c.f.Close() }

// send sends one message. The files are duplicated into it.
func (c *conn) send(kind byte, payload []byte, files ...*os.File) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := binary.BigEndian.AppendUint32(make([]byte, 0, headerBytes+len(payload)), uint32(len(payload))) //nolint:gosec // start refuses above maxPayload
	b = append(append(b, kind), payload...)
	if len(files) > 0 {
		n, err := c.sendFiles(b, files)
		if err != nil {
			return fmt.Errorf("send to guardian: %w", err)
		}
		b = b[n:]
	}
	if len(b) == 0 { // an empty write would fail if the answer is here already
		return nil
	}
	if _, err := c.f.Write(b); err != nil {
		return fmt.Errorf("send to guardian: %w", err)
	}
	return nil
}

// sendFiles sends the files with the first bytes of b and returns how many bytes
// went with them.
func (c *conn) sendFiles(b []byte, files []*os.File) (int, error) {
	fds := make([]int, len(files))
	for i, f := range files {
		// Fd also makes the file blocking, which is what a command expects of it.
		fds[i] = int(f.Fd())
	}
	defer runtime.KeepAlive(files)
	var n int
	var err error
	rights := unix.UnixRights(fds...)
	waitErr := c.raw.Write(func(fd uintptr) bool {
		n, err = unix.SendmsgN(int(fd), b, rights, nil, 0)
		return err != unix.EAGAIN && err != unix.EINTR
	})
	if waitErr != nil {
		return 0, waitErr
	}
	return n, err
}

// message is what recv returns. The descriptors belong to whoever gets it.
type message struct {
	kind    byte
	payload []byte
	fds     []int
}

// recv waits for the next message. It returns io.EOF when the other end is
// closed, also in the middle of a message.
func (c *conn) recv() (message, error) {
	var header [headerBytes]byte
	var m message
	for got := 0; got < headerBytes; {
		n, fds, err := c.recvFiles(header[got:])
		m.fds = append(m.fds, fds...)
		if err != nil {
			return m, err
		}
		got += n
	}
	size := binary.BigEndian.Uint32(header[:])
	m.kind = header[headerBytes-1]
	if size > maxPayload {
		return m, errMalformed
	}
	m.payload = make([]byte, size)
	if _, err := io.ReadFull(c.f, m.payload); err != nil {
		return m, io.EOF
	}
	return m, nil
}

func (c *conn) recvFiles(b []byte) (int, []int, error) {
	var n, oobn int
	var err error
	oob := make([]byte, unix.CmsgSpace(maxFiles*4))
	waitErr := c.raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, err = unix.Recvmsg(int(fd), b, oob, recvFlags)
		return err != unix.EAGAIN && err != unix.EINTR
	})
	switch {
	case waitErr != nil:
		return 0, nil, waitErr
	case err != nil:
		return 0, nil, err
	case n == 0:
		return 0, nil, io.EOF
	}
	return n, parseFiles(oob[:oobn]), nil
}

func parseFiles(oob []byte) []int {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var all []int
	for _, m := range msgs {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd) // where recvFlags cannot ask for it
		}
		all = append(all, fds...)
	}
	return all
}
