package plugin

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type loginClient = grpc.BidiStreamingClient[pb.LoginRequest, pb.LoginResponse]

// Login starts the dialogue and lets the plugin drive ui. Lines are shown in
// order; questions are asked in goroutines of their own, so that a pasted answer
// and a browser's callback race, and the ctx of a question ends when the plugin
// withdraws it. A question that fails with sdk.KindInteractionRequired is told
// to the plugin as unanswerable; any other failure gives the login up. A lent
// terminal is given back on every way out.
func (c *Client) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	callCtx, cancel := context.WithCancel(ctx)
	d := &dialogue{ui: ui, asked: make(map[string]context.CancelFunc)}
	defer func() {
		cancel()
		d.takeTerminalBack() // before the questions end: one may wait for it
		d.asks.Wait()
		d.takeTerminalBack() // lent by the last of them
	}()
	rpc, err := c.rpc.Login(callCtx, callOptions()...)
	if err != nil {
		return sdk.Account{}, errorFromStatus(ctx, "login", err)
	}
	d.rpc = rpc
	d.send(&pb.LoginRequest{Message: &pb.LoginRequest_Start{Start: loginToProto(request)}})
	account, err := d.run(callCtx)
	if err == nil {
		return account, nil
	}
	if errors.Is(err, io.EOF) {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindInternal, Op: "login",
			Message: "the plugin ended the login without a result", Err: io.ErrUnexpectedEOF,
		}
	}
	return sdk.Account{}, errorFromStatus(ctx, "login", err)
}

// dialogue is one running login of the host.
type dialogue struct {
	ui   sdk.LoginUI
	rpc  loginClient
	asks sync.WaitGroup

	sendMu sync.Mutex

	mu       sync.Mutex // guards what follows
	asked    map[string]context.CancelFunc
	terminal sdk.Terminal
}

// send ignores errors: Recv tells them.
func (d *dialogue) send(message *pb.LoginRequest) {
	d.sendMu.Lock()
	defer d.sendMu.Unlock()
	_ = d.rpc.Send(message)
}

// run takes the plugin's messages until the stream ends.
func (d *dialogue) run(ctx context.Context) (sdk.Account, error) {
	var account *sdk.Account
	for {
		message, err := d.rpc.Recv()
		if errors.Is(err, io.EOF) && account != nil {
			return *account, nil
		}
		if err != nil {
			return sdk.Account{}, err
		}
		if done := message.GetDone(); done != nil {
			got := accountFromProto(done)
			account = &got
			continue
		}
		if err := d.show(ctx, message); err != nil {
			d.giveUp()
		}
	}
}

func (d *dialogue) giveUp() {
	d.send(&pb.LoginRequest{Message: &pb.LoginRequest_Cancel{Cancel: &pb.LoginCancel{}}})
}

// show handles what needs no answer, and passes on what does.
func (d *dialogue) show(ctx context.Context, message *pb.LoginResponse) error {
	switch m := message.GetMessage().(type) {
	case *pb.LoginResponse_Notice:
		return d.ui.Notice(ctx, clean(m.Notice.GetText()))
	case *pb.LoginResponse_DeviceCode:
		return d.ui.DeviceCode(ctx, deviceCodeFromProto(m.DeviceCode))
	case *pb.LoginResponse_Progress:
		return d.ui.Progress(ctx, progressFromProto(m.Progress))
	case *pb.LoginResponse_CallbackListening:
		return d.ui.CallbackListening(ctx, callbackFromProto(m.CallbackListening))
	case *pb.LoginResponse_Withdraw:
		d.withdraw(m.Withdraw.GetId())
	case *pb.LoginResponse_TerminalData:
		return d.writeTerminal(m.TerminalData.GetData())
	case *pb.LoginResponse_TerminalExit:
		return d.exitTerminal(int(m.TerminalExit.GetStatus()))
	default:
		d.ask(ctx, message)
	}
	return nil
}

// ask starts a question. An unknown message is no question and is ignored.
func (d *dialogue) ask(ctx context.Context, message *pb.LoginResponse) {
	switch m := message.GetMessage().(type) {
	case *pb.LoginResponse_OpenUrl:
		d.start(ctx, m.OpenUrl.GetId(), func(ctx context.Context) (*pb.LoginAnswer, error) {
			opened, err := d.ui.OpenURL(ctx, openURLFromProto(m.OpenUrl))
			return &pb.LoginAnswer{Opened: opened}, err
		})
	case *pb.LoginResponse_Prompt:
		d.start(ctx, m.Prompt.GetId(), func(ctx context.Context) (*pb.LoginAnswer, error) {
			text, err := d.ui.Prompt(ctx, promptFromProto(m.Prompt))
			return &pb.LoginAnswer{Text: clean(text.Reveal())}, err
		})
	case *pb.LoginResponse_Choose:
		d.start(ctx, m.Choose.GetId(), func(ctx context.Context) (*pb.LoginAnswer, error) {
			option, err := d.ui.Choose(ctx, chooseFromProto(m.Choose))
			return &pb.LoginAnswer{OptionId: clean(option)}, err
		})
	case *pb.LoginResponse_TerminalStart:
		d.start(ctx, m.TerminalStart.GetId(), func(ask context.Context) (*pb.LoginAnswer, error) {
			return &pb.LoginAnswer{}, d.lendTerminal(ctx, ask, clean(m.TerminalStart.GetTitle()))
		})
	}
}

// start asks in a goroutine and sends what came of it.
func (d *dialogue) start(ctx context.Context, id string, question func(context.Context) (*pb.LoginAnswer, error)) {
	ctx, cancel := context.WithCancel(ctx) //nolint:gosec // withdraw calls it
	d.mu.Lock()
	d.asked[id] = cancel
	d.mu.Unlock()
	d.asks.Go(func() {
		defer d.withdraw(id)
		answer, err := question(ctx)
		switch {
		case ctx.Err() != nil: // withdrawn, or the login is over
		case err == nil:
			answer.Id = id
			d.send(&pb.LoginRequest{Message: &pb.LoginRequest_Answer{Answer: answer}})
		case sdk.KindOf(err) == sdk.KindInteractionRequired:
			d.send(&pb.LoginRequest{Message: &pb.LoginRequest_Unavailable{
				Unavailable: &pb.LoginUnavailable{Id: id, Reason: clean(sdk.AsError(err).Message)},
			}})
		default:
			d.giveUp()
		}
	})
}

// withdraw ends a question.
func (d *dialogue) withdraw(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cancel := d.asked[id]; cancel != nil {
		cancel()
		delete(d.asked, id)
	}
}
