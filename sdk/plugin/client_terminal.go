package plugin

import (
	"context"
	"errors"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// lendTerminal gets the user's terminal and relays what is typed and each new
// size until it is given back. The relays end with the terminal: its Read must
// return once it is taken back, and Resizes must be closed. ask ends when the
// plugin no longer wants it, ctx with the login.
func (d *dialogue) lendTerminal(ctx, ask context.Context, title string) error {
	terminal, err := d.ui.Terminal(ctx, title)
	if err != nil {
		return err
	}
	if ask.Err() != nil {
		return errors.Join(ask.Err(), terminal.Exit(abandoned))
	}
	d.mu.Lock()
	d.terminal = terminal
	d.mu.Unlock()
	go d.relayInput(ctx, terminal)
	go d.relayResizes(ctx, terminal)
	return nil
}

const terminalBuffer = 4096

// relayInput is not waited for: a read from a real terminal may return only at
// the next key, which is dropped then.
func (d *dialogue) relayInput(ctx context.Context, terminal sdk.Terminal) {
	buffer := make([]byte, terminalBuffer)
	for {
		n, err := terminal.Read(buffer)
		if ctx.Err() != nil {
			return
		}
		if n > 0 {
			d.send(&pb.LoginRequest{Message: &pb.LoginRequest_TerminalInput{
				TerminalInput: &pb.TerminalInput{Data: buffer[:n]},
			}})
		}
		if err != nil {
			return
		}
	}
}

func (d *dialogue) relayResizes(ctx context.Context, terminal sdk.Terminal) {
	for {
		select {
		case size, open := <-terminal.Resizes():
			if !open {
				return
			}
			d.send(&pb.LoginRequest{Message: &pb.LoginRequest_TerminalResize{
				TerminalResize: &pb.TerminalResize{Size: sizeToProto(size)},
			}})
		case <-ctx.Done():
			return
		}
	}
}

// writeTerminal blocks while the terminal is slow, and so does the plugin then.
func (d *dialogue) writeTerminal(data []byte) error {
	d.mu.Lock()
	terminal := d.terminal
	d.mu.Unlock()
	if terminal == nil {
		return nil
	}
	_, err := terminal.Write(data)
	return err
}

func (d *dialogue) exitTerminal(status int) error {
	d.mu.Lock()
	terminal := d.terminal
	d.terminal = nil
	d.mu.Unlock()
	if terminal == nil {
		return nil
	}
	return terminal.Exit(status)
}

// abandoned is the exit status of a vendor's program that never told its own.
const abandoned = -1

func (d *dialogue) takeTerminalBack() { _ = d.exitTerminal(abandoned) }
